import { readFileSync } from 'node:fs';
import { createSecureContext, type TlsOptions as NodeTlsOptions } from 'node:tls';
import { RouterOptionError } from '../errors.ts';
import type { TlsOptions } from './endpoint-options.ts';

const PEM = '-----BEGIN ';

function read(name: string, value: string): string {
  if (value.includes(PEM)) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw new RouterOptionError(`endpoint.tls.${name}: expected a PEM file, found ${reason}`, { cause: error });
  }
}

function readAll(name: string, values: readonly string[]): string[] {
  return values.map((value, index) => read(`${name}[${index}]`, value));
}

/**
 * TLS as Node.js wants it.
 *
 * @throws RouterOptionError if a file cannot be read, or if key and certificates do not fit
 */
export function nodeTls(tls: TlsOptions): NodeTlsOptions {
  const { key, certificate, chain_certificates = [], ca_certificates, ciphers, dhparam } = tls;
  const options: NodeTlsOptions = {
    key: read('key', key),
    cert: [read('certificate', certificate), ...readAll('chain_certificates', chain_certificates)].join('\n'),
    ...(ciphers !== undefined && { ciphers }),
    ...(dhparam !== undefined && { dhparam: read('dhparam', dhparam) }),
    ...(ca_certificates !== undefined && {
      ca: readAll('ca_certificates', ca_certificates),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new RouterOptionError(`endpoint.tls: ${(error as Error).message}`, { cause: error });
  }
  return options;
}
