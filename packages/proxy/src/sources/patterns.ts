/** Whether a name matches one of the patterns. */
export type Matcher = (name: string) => boolean;

/**
 * Creates a matcher for names with dots, such as tables and topics: `*` matches any text within a part, and a last part
 * `*` matches the rest.
 *
 * @param patterns undefined matches everything.
 */
export function matcher(patterns: readonly string[] | undefined): Matcher {
  if (patterns === undefined) return () => true;
  const expressions = patterns.map((pattern) => new RegExp(`^${source(pattern)}$`, 's'));
  return (name) => expressions.some((expression) => expression.test(name));
}

function source(pattern: string): string {
  if (pattern === '*') return '.*';
  const isPrefix = pattern.endsWith('.*');
  const text = (isPrefix ? pattern.slice(0, -2) : pattern).replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  return `${text.replaceAll('*', '[^.]*')}${isPrefix ? '\\..+' : ''}`;
}
