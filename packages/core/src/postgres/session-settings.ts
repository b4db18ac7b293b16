import type pg from 'pg';

/**
 * The settings that our own statements, and the texts that PostgreSQL makes for us, depend on. A server, a database and a role may have others;
 * and whoever may create in a schema of the `search_path` could have an operator or a function of his called in the place of PostgreSQL's.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const settings = {
  search_path: 'pg_catalog, pg_temp',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;

/** Since PostgreSQL 17, so that it cannot simply be SET. */
const sinceVersion17 = `SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 170000`;

/** The path first: what comes after it in the same message is looked up by it. */
const setAll = `${Object.entries(settings)
  .map(([name, value]) => `SET ${name} = ${name === 'search_path' ? value : `'${value}'`}`)
  .join('; ')}; ${sinceVersion17}`;

/** Makes a session one that no setting of server, database or role changes the work of. */
export async function applySettings(client: pg.Client): Promise<void> {
  await client.query(setAll);
}

/** The same as options of the startup message, for a walsender; with others besides. */
export function startupOptions(others: Readonly<Record<string, string>>): string {
  return Object.entries({ ...settings, ...others })
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}
