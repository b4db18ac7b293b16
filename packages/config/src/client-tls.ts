import { isIP } from 'node:net';
import * as z from 'zod';
import { checkTls, readPem } from './pem.ts';

const text = z.string().min(1);
const pem = (what: string) => text.describe(`${what}: PEM text, or the path of a PEM file`);

/** The key `tls` of every connection to a server. */
export const clientTls = z.union(
  [
    z.boolean(),
    z.strictObject({
      hostname: text.optional().describe('host name expected in the certificate of the server'),
      ca_certificates: z.array(text).optional().describe('certificates to trust: PEM text, or paths of PEM files'),
      certificate: pem('the client certificate').optional(),
      key: pem('the key of the client certificate').optional(),
    }),
  ],
  { error: 'true, false or an object with hostname, ca_certificates, certificate, key' },
);

/** The validated TLS options of a client. */
export type ClientTls = z.output<typeof clientTls>;

/** TLS options for `tls.connect`. */
export interface ClientTlsOptions {
  readonly servername?: string;
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Converts TLS options of a configuration to options of Node.js. Reads the PEM files.
 *
 * @example
 * ```ts
 * clientTlsOptions(true, 'db.example.com', ['transport', 'tls']); // { servername: 'db.example.com' }
 * ```
 *
 * @param hostname the host name to verify in the certificate of the server, unless the options contain `hostname`.
 * @param place path of the options in the configuration.
 * @throws `ConfigurationError` if the keys or certificates cannot be used.
 */
export function clientTlsOptions(
  tls: ClientTls | undefined,
  hostname: string,
  place: readonly PropertyKey[],
): ClientTlsOptions {
  const { hostname: name, ca_certificates, certificate, key } = typeof tls === 'object' ? tls : {};
  const servername = name ?? hostname;
  const read = (textOrPath: string, ...keys: PropertyKey[]) => readPem(textOrPath, [...place, ...keys]);
  const options = {
    ...(isIP(servername) === 0 && { servername }),
    ...(ca_certificates && { ca: ca_certificates.map((value, index) => read(value, 'ca_certificates', index)) }),
    ...(certificate && { cert: read(certificate, 'certificate') }),
    ...(key && { key: read(key, 'key') }),
  };
  return checkTls(options, place);
}
