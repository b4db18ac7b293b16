/** Whether a name is a pattern, in which `*` matches any characters. */
export function isPattern(name: string): boolean {
  return name.includes('*');
}

/** A pattern as a regular expression. */
export function wildcard(pattern: string, flags = ''): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`, flags);
}

/** Whether one of the patterns matches a name. */
export function matchesAny(patterns: readonly RegExp[], name: string): boolean {
  return patterns.some((pattern) => pattern.test(name));
}
