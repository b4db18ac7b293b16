import { inspect } from 'node:util';
import { isPlain } from './environment.ts';

/** Keys whose values are secrets, and so is all that is below them. */
const secretKey =
  /password|passphrase|secret|ticket|privkey|token|authorization|credential|api[-_]?key|access[-_]?key|^key$|^salt$/i;

/** Everything between the scheme of a URI and the last @, of which a part may be a password that nobody has escaped. */
const userInfo = /(?<=:\/\/)[^\s@]*(?:@[^\s@]*)*(?=@)/g;

/** A parameter of a URI that is a secret. */
const secretParameter = /(?<=[?&](?:\w*(?:password|secret|token)|key)=)[^&#\s]*/gi;

const mask = '***';

/** A copy of a configuration for people, in which secrets are hidden: passwords, tickets, keys, and those of URIs. */
export function withoutSecrets(value: unknown, path: readonly PropertyKey[] = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, [...path, index]));
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, [...path, key])]));
  }
  if (typeof value !== 'string') return value;
  if (path.some((key) => secretKey.test(String(key))) || value.includes('PRIVATE KEY')) return mask;
  return uriWithoutSecrets(value);
}

/** A text in which the passwords of URIs are hidden, and their users where there is no password: such a user may be a token. */
export function uriWithoutSecrets(text: string): string {
  return text
    .replace(userInfo, (found) => (found.includes(':') ? `${found.slice(0, found.indexOf(':'))}:${mask}` : mask))
    .replace(secretParameter, mask);
}

/** Makes `console.log` and `util.inspect` show an object, wherever it is found, without its secrets. */
export function hideFromInspection(value: object): void {
  Object.defineProperty(value, inspect.custom, {
    value(_depth: number, options: object, show: typeof inspect) {
      return show(withoutSecrets(value), options);
    },
  });
}
