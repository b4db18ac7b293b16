/**
 * What is wrong with a topic URI, as a sentence for the user; `undefined` if it is a valid one.
 *
 * The rule is WAMP's loose one: components parted by dots, none empty, no whitespace, no `#`.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-uris
 * @param {string} topic
 * @returns {string | undefined}
 */
export function topicError(topic) {
  if (topic === '') return 'A topic is missing: type a WAMP URI such as com.example.topic.';
  const named = `“${topic}” is no WAMP URI`;
  if (/\s/.test(topic)) return `${named}: it contains whitespace.`;
  if (topic.includes('#')) return `${named}: it contains “#”.`;
  const components = topic.split('.');
  const empty = components.indexOf('') + 1;
  return empty ? `${named}: component ${empty} of ${components.length} (between the dots) is empty.` : undefined;
}
