import type { TlsOptions } from 'node:tls';
import type { ServerTls } from './endpoint.ts';
import { checkTls, readPem } from './pem.ts';

/** TLS options of a server with readonly lists. */
interface Tls extends Omit<ServerTls, 'chain_certificates' | 'ca_certificates'> {
  readonly chain_certificates?: readonly string[] | undefined;
  readonly ca_certificates?: readonly string[] | undefined;
}

/**
 * Converts TLS options of a server to options of Node.js. Reads the PEM files.
 *
 * @example
 * ```ts
 * const server = createServer(serverTlsOptions({ key: 'server.key', certificate: 'server.crt' }, ['endpoint', 'tls']));
 * ```
 *
 * @param keys path of the options in the configuration.
 * @throws `ConfigurationError` if a file cannot be read, or if key and certificates do not match.
 */
export function serverTlsOptions(tls: Tls, keys: readonly PropertyKey[]): TlsOptions {
  const { key, certificate, chain_certificates = [], ca_certificates, ciphers, dhparam } = tls;
  const read = (value: string, ...names: PropertyKey[]) => readPem(value, [...keys, ...names]);
  const readAll = (values: readonly string[], name: string) => values.map((value, index) => read(value, name, index));
  const options: TlsOptions = {
    key: read(key, 'key'),
    cert: [read(certificate, 'certificate'), ...readAll(chain_certificates, 'chain_certificates')].join('\n'),
    ...(ciphers !== undefined && { ciphers }),
    ...(dhparam !== undefined && { dhparam: read(dhparam, 'dhparam') }),
    ...(ca_certificates !== undefined && {
      ca: readAll(ca_certificates, 'ca_certificates'),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
  return checkTls(options, keys);
}
