import type { TlsOptions as NodeTlsOptions } from 'node:tls';
import { checkTls, readPem } from '@pgwamp/config';
import { asOption } from '../check-options.ts';
import type { TlsOptions } from './endpoint-options.ts';

function read(value: string, ...keys: PropertyKey[]): string {
  return asOption(() => readPem(value, ['endpoint', 'tls', ...keys]));
}

function readAll(name: string, values: readonly string[]): string[] {
  return values.map((value, index) => read(value, name, index));
}

/**
 * TLS as Node.js wants it.
 *
 * @throws RouterOptionError if a file cannot be read, or if key and certificates do not fit
 */
export function nodeTls(tls: TlsOptions): NodeTlsOptions {
  const { key, certificate, chain_certificates = [], ca_certificates, ciphers, dhparam } = tls;
  const options: NodeTlsOptions = {
    key: read(key, 'key'),
    cert: [read(certificate, 'certificate'), ...readAll('chain_certificates', chain_certificates)].join('\n'),
    ...(ciphers !== undefined && { ciphers }),
    ...(dhparam !== undefined && { dhparam: read(dhparam, 'dhparam') }),
    ...(ca_certificates !== undefined && {
      ca: readAll('ca_certificates', ca_certificates),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
  return asOption(() => checkTls(options, ['endpoint', 'tls']));
}
