/**
 * Converts a typed topic to a WAMP pattern:
 *
 * - `com.example.orders` is that topic.
 * - `com.example.*` matches everything that begins with `com.example.`; `*` is everything.
 * - `com..orders` is every topic of three components whose first is `com` and whose last is `orders`.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-pattern-based-subscriptions
 * @param {string} text
 * @returns {{ uri: string, match: import('./wamp.js').Match }}
 * @throws {RangeError} with a sentence for the user
 */
export function topicPattern(text) {
  if (text === '') throw new RangeError('A topic is missing: type a WAMP URI such as com.example.topic.');
  if (/\s/.test(text)) throw new RangeError(`“${text}” is no WAMP URI: it contains whitespace.`);
  if (text.includes('#')) throw new RangeError(`“${text}” is no WAMP URI: it contains “#”.`);
  if (text.endsWith('*') && !text.slice(0, -1).includes('*')) return { uri: text.slice(0, -1), match: 'prefix' };
  if (text.includes('*')) {
    const meant = text.split('.').map((part) => (part === '*' ? '' : part));
    throw new RangeError(`“${text}” has a * inside: for any component leave it empty, as in ${meant.join('.')}`);
  }
  return { uri: text, match: text.split('.').includes('') ? 'wildcard' : 'exact' };
}
