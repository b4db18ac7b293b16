import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from '@pgwamp/core/internal/component';
import type { CallerConfiguration } from './configuration.ts';
import { type Call, Link } from './link/index.ts';

/** A link that listens. */
export interface OpenLink extends AsyncDisposable {
  readonly link: Link;
  /** Where backends reach it. */
  readonly address: { readonly host: string; readonly port: number };
  /** What a backend has to have; fresh with every link. */
  readonly secret: string;
  readonly tls: boolean;
}

const secretBytes = 32;

/**
 * Listens for backends.
 *
 * @throws what the operating system says, such as `EADDRINUSE`, or that a file is not there.
 */
export async function openLink({ realm, extra }: CallerConfiguration, call: Call, log: Logger): Promise<OpenLink> {
  const { host, port, advertise, tls, max_connections, max_message_size, authentication_timeout } = extra.link;
  const secret = randomBytes(secretBytes).toString('base64url');
  const link = new Link(
    {
      ...{ host, port, secret, realm, log },
      tls: tls && { cert: pem(tls.certificate), key: pem(tls.key) },
      maxConnections: max_connections,
      maxMessageSize: max_message_size,
      authenticationTimeout: authentication_timeout,
    },
    call,
  );
  const listening = await link.listen();
  const address = { host: advertise?.host ?? host, port: advertise?.port ?? listening };
  return { link, address, secret, tls: tls !== undefined, [Symbol.asyncDispose]: () => link.close() };
}

function pem(textOrPath: string): string {
  return textOrPath.startsWith('-----BEGIN') ? textOrPath : readFileSync(textOrPath, 'utf8');
}
