import { readFile } from 'node:fs/promises';

/**
 * Returns the text of `setup.sql`, which a superuser runs once in each database. It creates the role `crossbar` and the
 * schema that this role owns.
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
