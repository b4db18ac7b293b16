import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigurationError } from './errors.ts';

const begin = '-----BEGIN ';

/**
 * Whether a value of the configuration is PEM text and not the path of a PEM file.
 *
 * @example
 * ```ts
 * isPem('-----BEGIN CERTIFICATE-----\n…'); // true
 * isPem('/etc/ssl/server.crt'); // false
 * ```
 */
export function isPem(text: string): boolean {
  return text.includes(begin);
}

/**
 * Returns PEM text. The value is either the text itself or the path of a PEM file. The file is read for each new
 * connection, so certificates can be renewed.
 *
 * @example
 * ```ts
 * const certificate = readPem('/etc/ssl/server.crt', ['endpoint', 'tls', 'certificate']);
 * ```
 *
 * @param keys path of the value in the configuration.
 * @throws `ConfigurationError` if the file cannot be read or contains no PEM.
 */
export function readPem(textOrPath: string, keys: readonly PropertyKey[]): string {
  if (isPem(textOrPath)) return textOrPath;
  const text = readFile(textOrPath, keys);
  if (isPem(text)) return text;
  throw new ConfigurationError([{ keys, message: `found ${JSON.stringify(textOrPath)}, which holds no PEM` }]);
}

function readFile(path: string, keys: readonly PropertyKey[]): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const message = `expected PEM text or the path of a PEM file: ${(error as Error).message}`;
    throw new ConfigurationError([{ keys, message }], { cause: error });
  }
}

/**
 * Returns TLS options after OpenSSL has accepted their keys and certificates.
 *
 * @example
 * ```ts
 * const options = checkTls({ key: readPem('server.key', ['key']), cert: readPem('server.crt', ['certificate']) }, ['tls']);
 * ```
 *
 * @param keys path of the options in the configuration.
 * @throws `ConfigurationError` if the keys or certificates are invalid or do not match.
 */
export function checkTls<Options extends SecureContextOptions>(
  options: Options,
  keys: readonly PropertyKey[],
): Options {
  try {
    createSecureContext(options);
    return options;
  } catch (error) {
    const message = `keys and certificates that cannot be used: ${(error as Error).message}`;
    throw new ConfigurationError([{ keys, message }], { cause: error });
  }
}
