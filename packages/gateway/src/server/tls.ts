import type { TlsOptions } from 'node:tls';
import { checkTls, readPem, type ServerTls } from '@pgwamp/config';

const place = ['extra', 'endpoint', 'tls'];

/**
 * TLS as Node.js wants it.
 *
 * @throws `ConfigurationError` if a file cannot be read, or if key and certificates do not fit.
 */
export function tlsOptions(tls: ServerTls): TlsOptions {
  const { key, certificate, chain_certificates = [], ca_certificates, ciphers, dhparam } = tls;
  const read = (value: string, ...keys: PropertyKey[]) => readPem(value, [...place, ...keys]);
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
  return checkTls(options, place);
}
