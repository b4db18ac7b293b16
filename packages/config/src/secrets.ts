import { inspect } from 'node:util';
import { isPlain } from './environment.ts';

/** Matches keys whose values are secrets, including everything nested in them. */
const secretKey =
  /password|passphrase|secret|ticket|privkey|token|authorization|credential|api[-_]?key|access[-_]?key|^key$|^salt$/i;

/** Matches everything between the scheme of a URI and the last @. A part of it may be an unescaped password. */
const userInfo = /(?<=:\/\/)[^\s@]*(?:@[^\s@]*)*(?=@)/g;

/** Matches the secret parameters of a URI. */
const secretParameter = /(?<=[?&](?:\w*(?:password|secret|token)|key)=)[^&#\s]*/gi;

const mask = '***';

/**
 * Returns a copy of a configuration in which secrets are masked: passwords, tickets, keys, and secrets in URIs.
 *
 * @example
 * ```ts
 * withoutSecrets({ user: 'crossbar', password: 'secret' }); // { user: 'crossbar', password: '***' }
 * ```
 */
export function withoutSecrets(value: unknown, path: readonly PropertyKey[] = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, [...path, index]));
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, [...path, key])]));
  }
  if (typeof value !== 'string') return value;
  if (path.some((key) => secretKey.test(String(key))) || value.includes('PRIVATE KEY')) return mask;
  return uriWithoutSecrets(value);
}

/**
 * Masks the passwords of URIs in a text. A user without a password is masked too, because it may be a token.
 *
 * @example
 * ```ts
 * uriWithoutSecrets('postgres://crossbar:secret@127.0.0.1/shop'); // postgres://crossbar:***@127.0.0.1/shop
 * ```
 */
export function uriWithoutSecrets(text: string): string {
  return text
    .replace(userInfo, (found) => (found.includes(':') ? `${found.slice(0, found.indexOf(':'))}:${mask}` : mask))
    .replace(secretParameter, mask);
}

/**
 * Makes `console.log` and `util.inspect` show an object without its secrets, also when it is nested in another object.
 */
export function hideFromInspection(value: object): void {
  Object.defineProperty(value, inspect.custom, {
    value(_depth: number, options: object, show: typeof inspect) {
      return show(withoutSecrets(value), options);
    },
  });
}
