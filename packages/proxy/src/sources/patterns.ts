/** Whether a name matches one of the patterns. */
export type Matcher = (name: string) => boolean;

/**
 * Matches names of parts between dots, such as tables and topics: `*` stands for any text within a part; a last part `*` for all the rest.
 *
 * @param patterns none match everything.
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
