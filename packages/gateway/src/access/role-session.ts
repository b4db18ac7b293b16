import type { Results, Statement } from '@pgwamp/core/internal/postgres';
import type { Identity } from './identity.ts';
import type { ReopenablePool } from './reopenable-pool.ts';

/** How the database sees who asks. */
export interface RoleSessionOptions {
  /** Milliseconds that a statement may take. */
  readonly timeout: number;
  /** Whether unqualified names are looked for in `pg_catalog` alone, or where the login's own settings say. */
  readonly path: 'catalogue' | 'login';
}

/** What the texts of values, and the statements of ours, depend on; with the values that they have in the stream of the log. */
const settings: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  transform_null_equals: 'off',
  row_security: 'on',
};

/**
 * Runs statements in one transaction as the role of a client, with its claims in the setting `request.jwt.claims`, as PostgREST has them.
 *
 * @param signal ends the wait for a session.
 * @returns the rows of each statement.
 * @throws `StatementError`, whose `statement` is 0 where the role cannot be taken, and counts from 1 otherwise; `DatabaseLostError`.
 */
export async function runAs(
  pool: ReopenablePool,
  { role, claims }: Identity,
  { timeout, path }: RoleSessionOptions,
  statements: readonly Statement[],
  signal?: AbortSignal,
): Promise<Results> {
  const own = role === undefined ? {} : { role };
  const all = {
    ...settings,
    ...(path === 'catalogue' && { search_path: 'pg_catalog, pg_temp' }),
    statement_timeout: String(timeout),
    'request.jwt.claims': claims,
    // The last one: what the login may set, the role may not.
    ...own,
  };
  const calls = Object.keys(all).map((name, index) => `pg_catalog.set_config('${name}', $${index + 1}, true)`);
  const set = { text: `SELECT pg_catalog.num_nulls(${calls.join(', ')})`, values: Object.values(all) };
  // What was prepared for one role is not checked again for another one.
  const mark = role === undefined ? '' : `/* ${encodeURIComponent(role)} */ `;
  const marked = statements.map(({ text, values }) => ({ text: mark + text, values }));
  const transaction = { scope: 'transaction', statements: [set, ...marked] } as const;
  const results = await pool.run((session) => session.run(transaction), signal);
  return results.slice(1);
}
