/**
 * Quotes an identifier of SQL.
 *
 * @example
 * ```ts
 * quotedIdentifier('my "table"'); // "my ""table"""
 * ```
 */
export function quotedIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Quotes a text as a string literal of SQL, for sessions with `standard_conforming_strings`.
 *
 * @example
 * ```ts
 * quotedLiteral("O'Neill"); // 'O''Neill'
 * ```
 */
export function quotedLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
