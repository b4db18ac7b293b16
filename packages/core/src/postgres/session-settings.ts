import type { DatabaseConfiguration } from '@pgwamp/config';
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
  return optionsOf({ ...settings, ...others });
}

/** Unacknowledged keepalives after which a line is dead. */
const keepalives = 3;

/**
 * Options of the startup message by which PostgreSQL finds out that the line to us is dead: within twice `interval` and `timeout` while it
 * waits for us to ask for more rows, and one more of both while it runs a statement or waits for a lock. Otherwise a session whose network died without a word would keep its
 * locks for hours. RESET ALL, by which a session of the pool is cleaned up, comes back to them.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP
 */
export function lineOptions({ interval, timeout }: DatabaseConfiguration['heartbeat']): string {
  return optionsOf({
    tcp_keepalives_idle: seconds(interval),
    tcp_keepalives_interval: seconds(timeout / keepalives),
    tcp_keepalives_count: String(keepalives),
    tcp_user_timeout: String(2 * (interval + timeout)),
    client_connection_check_interval: String(interval + timeout),
  });
}

/** At least one, as zero is the default of the system, and no more than Linux takes. */
function seconds(milliseconds: number): string {
  return String(Math.min(Math.max(1, Math.ceil(milliseconds / 1000)), 32_767));
}

function optionsOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}
