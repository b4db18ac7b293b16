/** Where in a configuration something stands. */
export type Path = readonly PropertyKey[];

/** A path as it is written in messages: `transports[0].endpoint.port`. */
export function pathText(path: Path): string {
  if (path.length === 0) return '(top)';
  const parts = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return parts.join('').replace(/^\./, '');
}
