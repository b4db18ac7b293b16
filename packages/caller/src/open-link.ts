import { randomBytes } from 'node:crypto';
import { checkTls, readPem } from '@pgwamp/config';
import type { Logger } from '@pgwamp/core/internal/component';
import type { CallerConfiguration } from './configuration.ts';
import { type Call, Link } from './link/index.ts';

/** A listening link. */
export interface OpenLink extends AsyncDisposable {
  readonly link: Link;
  /** The address at which backends reach it. */
  readonly address: { readonly host: string; readonly port: number };
  /** The password of backends. Each link has a new one. */
  readonly secret: string;
  readonly tls: boolean;
}

const secretBytes = 32;
const place = ['extra', 'link', 'tls'];

/**
 * Opens a link for backends.
 *
 * @throws errors of the operating system, such as `EADDRINUSE`; `ConfigurationError` if a PEM file cannot be read.
 */
export async function openLink({ realm, extra }: CallerConfiguration, call: Call, log: Logger): Promise<OpenLink> {
  const { host, port, advertise, tls, max_connections, max_message_size, authentication_timeout } = extra.link;
  const secret = randomBytes(secretBytes).toString('base64url');
  const link = new Link(
    {
      ...{ host, port, secret, realm, log },
      tls: tls && checkTls({ cert: pem(tls, 'certificate'), key: pem(tls, 'key') }, place),
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

function pem(tls: Readonly<Record<'certificate' | 'key', string>>, name: 'certificate' | 'key'): string {
  return readPem(tls[name], [...place, name]);
}
