import { readFile } from 'node:fs/promises';

/**
 * The text of `setup.sql`, which a superuser runs once in each database: it creates the role `crossbar` and the schema that it owns.
 *
 * @example
 * ```ts
 * await superuser.query(await setupSql());
 * ```
 */
export function setupSql(): Promise<string> {
  const folder = import.meta.url.endsWith('.ts') ? '../../../sql/' : '../sql/';
  return readFile(new URL(`${folder}setup.sql`, import.meta.url), 'utf8');
}
