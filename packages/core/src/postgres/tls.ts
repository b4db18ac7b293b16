import type { ConnectionOptions } from 'node:tls';
import { checkTls, type DatabaseConfiguration, readPem } from '@pgwamp/config';

const place = ['extra', 'database', 'ssl'];

/**
 * Node's TLS options out of `extra.database.ssl`; undefined leaves it to the URI, false is no TLS.
 *
 * @throws `ConfigurationError` if a PEM file cannot be read, or holds what OpenSSL does not take.
 */
export function tlsOptions(ssl: DatabaseConfiguration['ssl']): ConnectionOptions | boolean | undefined {
  if (typeof ssl !== 'object') return ssl;
  const { ca, cert, key, servername, rejectUnauthorized } = ssl;
  const options = {
    rejectUnauthorized,
    ...(ca !== undefined && { ca: pem(ca, 'ca') }),
    ...(cert !== undefined && { cert: pem(cert, 'cert') }),
    ...(key !== undefined && { key: pem(key, 'key') }),
    ...(servername !== undefined && { servername }),
  };
  return checkTls(options, place);
}

function pem(textOrPath: string, key: string): string {
  return readPem(textOrPath, [...place, key]);
}
