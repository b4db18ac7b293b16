import type { Results, Statement } from '@pgwamp/core/internal/postgres';
import type { Identity } from './identity.ts';
import type { ReopenablePool } from './reopenable-pool.ts';

/** The options of statements that run as a client's role. */
export interface RoleSessionOptions {
  /** Time limit of a statement in milliseconds. */
  readonly timeout: number;
  /** The search path for unqualified names: `pg_catalog` only, or that of the login. */
  readonly path: 'catalogue' | 'login';
}

/**
 * The settings that the text form of values and our own statements depend on. The values are those of the replication
 * stream.
 */
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
 * Runs statements in one transaction as the role of a client. Its claims are in the setting `request.jwt.claims`, as in
 * PostgREST.
 *
 * @param signal ends the wait for a session.
 * @returns the rows of each statement.
 * @throws `StatementError`, whose `statement` is 0 if the role cannot be set, and counts from 1 otherwise;
 *   `DatabaseLostError`.
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
    // Set the role last: the login may change these settings, but the role may not.
    ...own,
  };
  const calls = Object.keys(all).map((name, index) => `pg_catalog.set_config('${name}', $${index + 1}, true)`);
  const set = { text: `SELECT pg_catalog.num_nulls(${calls.join(', ')})`, values: Object.values(all) };
  // The mark gives each role its own prepared statement, since PostgreSQL does not check a prepared one again for
  // another role.
  const mark = role === undefined ? '' : `/* ${encodeURIComponent(role)} */ `;
  const marked = statements.map(({ text, values }) => ({ text: mark + text, values }));
  const transaction = { scope: 'transaction', statements: [set, ...marked] } as const;
  const results = await pool.run((session) => session.run(transaction), signal);
  return results.slice(1);
}
