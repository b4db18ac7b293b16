import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';

/**
 * The settings that must apply before the first statement: ALTER ROLE and ALTER DATABASE may have set another role, and
 * a time limit of a millisecond.
 */
const firstSettings = { role: 'none', statement_timeout: '0' } as const;

/**
 * The settings that pgwamp's own statements, and the text format of values, depend on. A server, a database and a role
 * may have other settings. With another `search_path`, any role that may create objects in one of its schemas could
 * have its own operator or function called instead of PostgreSQL's.
 *
 * `lc_monetary` is not among them: a value of type money has as many decimals as the database says, and with another
 * locale its text would be another amount.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const settings = {
  search_path: 'pg_catalog, pg_temp',
  ...firstSettings,
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
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;

/** This setting exists since PostgreSQL 17, so a plain SET would fail in older versions. */
const sinceVersion17 = `SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 170000`;

/**
 * PostgreSQL cannot convert the texts of a database with SQL_ASCII. For a client with UTF8 it ends the session at a text
 * that is not UTF-8, and any role can notify one. For a client with SQL_ASCII it sends the bytes as they are.
 */
const rawIfAscii = `SELECT pg_catalog.set_config('client_encoding', 'SQL_ASCII', false) WHERE pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'`;

/** The search_path comes first, because it applies to the rest of the same message. */
const setAll = `${Object.entries(settings)
  .map(([name, value]) => `SET ${name} = ${name === 'search_path' ? value : `'${value}'`}`)
  .join('; ')}; ${rawIfAscii}; ${sinceVersion17}; SELECT current_setting('server_encoding') AS encoding`;

/**
 * Resets a session to settings that are independent of server, database and role.
 *
 * @returns the encoding of the database. PostgreSQL sends valid UTF-8, except from one with `SQL_ASCII`.
 */
export async function applySettings(client: pg.Client): Promise<string> {
  const results = (await client.query(setAll)) as unknown as { rows: { encoding: string }[] }[];
  return results.at(-1)?.rows[0]?.encoding ?? '';
}

/** Makes a walsender send the texts of a database with SQL_ASCII as they are. */
export async function acceptRawTexts(client: pg.Client): Promise<void> {
  await client.query(rawIfAscii);
}

/**
 * The same settings and further ones as options of the startup message, for sessions in which no statement can set them.
 */
export function startupOptions(others: Readonly<Record<string, string>> = {}): string {
  return optionsOf({ ...settings, ...others });
}

/** Number of unacknowledged keepalives after which a connection is dead. */
const keepalives = 3;

/**
 * Options of the startup message that make PostgreSQL detect a dead network connection. While it waits for a request
 * for more rows, it detects it within twice the sum of `interval` and `timeout`. While it runs a statement or waits for
 * a lock, it needs that sum once more. Otherwise, if the network fails, a session would keep its locks for hours. RESET
 * ALL, which resets pooled sessions, restores these options.
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

/**
 * Options of the startup message for sessions that run functions. A server, a database or a role may have other values,
 * which would change the meaning of the texts that are sent and received. The identity settings are empty if a call or an
 * event has no identity. PostgreSQL ends a session that is silent for longer than this client ever is.
 *
 * RESET ALL, which resets pooled sessions, restores them. Without these options, `crossbar._clean_up` sets them.
 */
export function pooledSessionOptions({ interval, timeout }: DatabaseConfiguration['heartbeat']) {
  return {
    array_nulls: 'on',
    standard_conforming_strings: 'on',
    bytea_output: 'hex',
    'crossbar.caller': '',
    'crossbar.caller_authid': '',
    'crossbar.caller_authrole': '',
    'crossbar.forward_for': '',
    'crossbar.publisher': '',
    'crossbar.publisher_authid': '',
    'crossbar.publisher_authrole': '',
    idle_session_timeout: String(2 * (interval + timeout)),
  } as const;
}

/** The value is at least 1, because 0 means the system's default, and at most the maximum of Linux. */
function seconds(milliseconds: number): string {
  return String(Math.min(Math.max(1, Math.ceil(milliseconds / 1000)), 32_767));
}

/** The options of the startup message of every session: {@link firstSettings} and further settings. */
export function sessionOptions(others: Readonly<Record<string, string>>): string {
  return optionsOf({ ...firstSettings, ...others });
}

/** Settings as options of the startup message. */
function optionsOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}
