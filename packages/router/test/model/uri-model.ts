/** Whether a pattern matches a URI, as the specification defines it. */
export function matches(policy: string, pattern: string, uri: string): boolean {
  if (policy === 'exact') return pattern === uri;
  if (policy === 'prefix') return uri.startsWith(pattern);
  const wanted = pattern.split('.');
  const found = uri.split('.');
  return wanted.length === found.length && wanted.every((part, index) => part === '' || part === found[index]);
}

/** Components are not empty and hold neither white space nor `#`; patterns leave out what their policy lets them. */
export function isUri(policy: string, uri: string): boolean {
  const parts = uri.split('.');
  if (parts.some((part) => /[\s#]/.test(part))) return false;
  const empty = parts.map((part, index) => (part === '' ? index : -1)).filter((index) => index >= 0);
  if (policy === 'wildcard') return true;
  const mayBeEmpty = policy === 'prefix' ? [parts.length - 1] : [];
  return empty.every((index) => mayBeEmpty.includes(index));
}

/** URIs that belong to the protocol. */
export function isReserved(uri: string): boolean {
  return uri.split('.')[0] === 'wamp';
}

function wildcardsOf(pattern: string): number[] {
  return pattern.split('.').flatMap((part, index) => (part === '' ? [index] : []));
}

/** Whether the first of two wildcard patterns comes before the second: its wildcards are further to the right. */
function isMoreSpecific(one: string, other: string): boolean {
  const ones = wildcardsOf(one);
  const others = wildcardsOf(other);
  for (let index = 0; index < Math.max(ones.length, others.length); index++) {
    const [here = Number.POSITIVE_INFINITY, there = Number.POSITIVE_INFINITY] = [ones[index], others[index]];
    if (here !== there) return here > there;
  }
  return false;
}

interface Pattern {
  readonly match: string;
  readonly uri: string;
}

/** The one registration that a call belongs to: exact, else the longest prefix, else the most specific wildcard. */
export function bestOf<T extends Pattern>(patterns: readonly T[], uri: string): T | undefined {
  const candidates = (policy: string) =>
    patterns.filter((pattern) => pattern.match === policy && matches(policy, pattern.uri, uri));
  const [exact] = candidates('exact');
  const [longest] = candidates('prefix').sort((one, other) => other.uri.length - one.uri.length);
  const [wildcard] = candidates('wildcard').sort((one, other) => (isMoreSpecific(one.uri, other.uri) ? -1 : 1));
  return exact ?? longest ?? wildcard;
}
