import { statfs } from 'node:fs/promises';
import { type DatabaseConfiguration, databaseTarget } from '@pgwamp/config';
import { PgwampError } from '@pgwamp/core';
import {
  Connection,
  differenceOfHistory,
  isServerError,
  mayReplicate,
  readSqlFiles,
} from '@pgwamp/core/internal/postgres';
import { shellWord } from '../cli/shell-word.ts';
import { placeOf } from '../overview/from-database.ts';
import { type Finding, findings, sameOptions } from './finding.ts';
import { checkNotify } from './notify.ts';
import { checkProxies } from './proxies.ts';
import { checkSlots } from './slots.ts';
import { checkTriggers } from './triggers.ts';
import { checkGrantees, checkWorkerLogin } from './worker-login.ts';

/** The bounds from which a check warns. */
export interface Limits {
  /** Age of a transaction, as an interval of PostgreSQL. */
  readonly transactionAge: string;
  /** Minimum of free disk space in percent. */
  readonly freeDisk: number;
}

const defaultLimits: Limits = { transactionAge: '5 minutes', freeDisk: 10 };

/** The end of a fix in SQL that a role of an application may not run. */
const bySuperuser = '  -- as superuser';
/** The statement that lets a role see everything that the doctor checks. */
const monitor = (user: string) => `GRANT pg_monitor TO ${user};${bySuperuser}`;

/** One check of a database. */
type Check = (
  connection: Connection,
  configuration: DatabaseConfiguration,
  limits: Limits,
) => Promise<Finding | Finding[]>;

/** The order matters: the failure of a check makes later ones pointless. */
const checks: Readonly<Record<string, Check>> = {
  'server version': serverVersion,
  schema,
  'schema version': schemaVersion,
  rights,
  'worker login': checkWorkerLogin,
  'schema usage': checkGrantees,
  wal_level: walLevel,
  publication,
  'replication slots': checkSlots,
  proxies: checkProxies,
  dblink,
  triggers: checkTriggers,
  'call from SQL': callFromSql,
  notify: checkNotify,
  clock,
  transactions,
  'WAL on disk': walOnDisk,
  'free disk': freeDisk,
};

/** Checks a database with the role of the components. */
export async function checkDatabase(
  configuration: DatabaseConfiguration,
  limits: Limits = defaultLimits,
): Promise<Finding[]> {
  const { ok, fail } = findings('connection');
  let connection: Connection;
  try {
    connection = await Connection.open(configuration, 'pgwamp doctor');
  } catch (error) {
    if (!(error instanceof PgwampError)) throw error;
    const { problem, hint = 'check host, port, database, user and password' } = error;
    return [fail(`${placeOf(configuration)}: ${problem}`, hint)];
  }
  await using _ = connection;
  const results: Finding[] = [ok(`${placeOf(configuration)}, no pooler that shares sessions`)];
  for (const [name, check] of Object.entries(checks)) {
    results.push(...[await guarded(name, () => check(connection, configuration, limits))].flat());
  }
  return results;
}

/** A check that fails with an error does not skip the others. */
async function guarded(name: string, check: () => Promise<Finding | Finding[]>): Promise<Finding | Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (!isServerError(error) && !(error instanceof PgwampError)) throw error;
    const what = error instanceof PgwampError ? error.problem : error.message;
    return findings(name).skip(`the check failed: ${what}`, error.hint);
  }
}

async function serverVersion(connection: Connection): Promise<Finding> {
  const { ok, fail } = findings('server version');
  const row = await one<{ number: number; text: string }>(
    connection,
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text",
  );
  return row.number >= 140_000
    ? ok(`PostgreSQL ${row.text}`)
    : fail(`PostgreSQL ${row.text} is too old`, 'pgwamp needs PostgreSQL 14 or newer');
}

async function schema(connection: Connection, configuration: DatabaseConfiguration): Promise<Finding> {
  const { ok, fail } = findings('schema');
  const { user, owner } = await one<{ user: string; owner: string | null }>(
    connection,
    `SELECT quote_ident(current_user) AS user,
       (SELECT quote_ident(pg_get_userbyid(nspowner)) FROM pg_namespace WHERE nspname = 'crossbar') AS owner`,
  );
  if (owner === user) return ok(`schema crossbar belongs to ${user}`);
  if (owner === null) return fail('schema crossbar is missing', runSetup(configuration));
  if (owner === 'crossbar')
    return fail(`connected as ${user}, but schema crossbar belongs to crossbar`, 'connect as role crossbar');
  return fail(`schema crossbar belongs to ${owner}`, `ALTER SCHEMA crossbar OWNER TO ${user};${bySuperuser}`);
}

async function schemaVersion(connection: Connection): Promise<Finding> {
  const { ok, warn, fail } = findings('schema version');
  const fix = `pgwamp install${sameOptions}`;
  const { exists } = await one<{ exists: boolean }>(
    connection,
    "SELECT count(*) > 0 AS exists FROM pg_class WHERE relnamespace = to_regnamespace('crossbar') AND relname ~ '^_?migration$'",
  );
  if (!exists) return warn('nothing is installed in schema crossbar; the first component to start installs it', fix);
  const { table } = await one<{ table: string }>(
    connection,
    "SELECT oid::regclass::text AS table FROM pg_class WHERE relnamespace = 'crossbar'::regnamespace AND relname ~ '^_?migration$'",
  );
  const applied = await connection.query<{ version: number; checksum: string }>(
    `SELECT version, checksum FROM ${table}`,
  );
  const checksums = new Map(applied.map(({ version, checksum }) => [version, checksum]));
  const { migrations } = await readSqlFiles('wal');
  const difference = differenceOfHistory(migrations, checksums);
  if (difference) return fail(difference.problem, difference.hint);
  const version = Math.max(0, ...checksums.keys());
  const newest = migrations.at(-1)?.version ?? 0;
  if (version === newest) return ok(`migration ${version}`);
  return warn(`migration ${version} of ${newest}; the first component to start installs the rest`, fix);
}

async function rights(connection: Connection): Promise<Finding> {
  const { ok, warn } = findings('rights');
  const role = await one<{ name: string; replication: boolean; superuser: boolean }>(
    connection,
    `SELECT quote_ident(rolname) AS name, ${mayReplicate} AS replication, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`,
  );
  if (role.superuser)
    return warn(`role ${role.name} is superuser`, 'connect as role crossbar, which setup.sql creates');
  if (role.replication) return ok(`role ${role.name} has REPLICATION`);
  return warn(
    `role ${role.name} has no REPLICATION: delivery "wal" cannot work`,
    `ALTER ROLE ${role.name} REPLICATION;${bySuperuser}`,
  );
}

async function walLevel(connection: Connection): Promise<Finding> {
  const { ok, warn } = findings('wal_level');
  const { level } = await one<{ level: string }>(connection, "SELECT current_setting('wal_level') AS level");
  if (level === 'logical') return ok('wal_level is logical');
  return warn(
    `wal_level is ${level}: delivery "wal" cannot work, "auto" takes "outbox"`,
    'ALTER SYSTEM SET wal_level = logical;  -- as superuser, then restart PostgreSQL',
  );
}

async function publication(connection: Connection): Promise<Finding> {
  const { ok, warn } = findings('publication');
  const { exists } = await one<{ exists: boolean }>(
    connection,
    "SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = 'crossbar') AS exists",
  );
  if (exists) return ok('publication crossbar exists');
  return warn(
    'publication crossbar is missing: delivery "wal" cannot work',
    `CREATE PUBLICATION crossbar;${bySuperuser}`,
  );
}

async function dblink(connection: Connection): Promise<Finding> {
  const { ok, warn, fail } = findings('dblink');
  const rows = await connection.query<{ schema: string; version: string }>(
    `SELECT nspname AS schema, extversion AS version FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
     WHERE extname = 'dblink'`,
  );
  const [extension] = rows;
  const inOwnSchema = (statement: string) =>
    `CREATE SCHEMA IF NOT EXISTS crossbar_dblink; ${statement}; GRANT USAGE ON SCHEMA crossbar_dblink TO crossbar; ` +
    `GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO crossbar;${bySuperuser}`;
  if (!extension) {
    const fix = inOwnSchema('CREATE EXTENSION dblink SCHEMA crossbar_dblink');
    return warn('extension dblink is missing: crossbar.call cannot work', fix);
  }
  if (extension.schema === 'crossbar_dblink') return ok(`dblink ${extension.version} in schema crossbar_dblink`);
  return fail(
    `dblink is in schema ${extension.schema}: any role that may use it there could call in the name of other roles`,
    inOwnSchema('ALTER EXTENSION dblink SET SCHEMA crossbar_dblink'),
  );
}

/** Makes a real call: with dblink to a Caller, and from there to a procedure that every router has. */
async function callFromSql(connection: Connection): Promise<Finding> {
  const { ok, warn, skip } = findings('call from SQL');
  const { exists } = await one<{ exists: boolean }>(
    connection,
    "SELECT count(*) > 0 AS exists FROM pg_proc WHERE pronamespace = to_regnamespace('crossbar') AND proname = 'call'",
  );
  if (!exists) return skip('crossbar.call is not installed');
  // The rule for this role is gone with the transaction: no component needs it.
  await connection.query('BEGIN');
  try {
    await connection.query(`SELECT crossbar.grant_call(current_user::text, 'wamp.session.count')`);
    await connection.query(`SELECT crossbar.call('wamp.session.count')`);
    return ok('crossbar.call was answered by the router');
  } catch (error) {
    if (!isServerError(error)) throw error;
    const detail = error.detail ? ` (${error.detail.replaceAll(/\s+/g, ' ').trim()})` : '';
    return warn(`crossbar.call failed: ${error.message}${detail}`, error.hint ?? 'start a Caller');
  } finally {
    await connection.query('ROLLBACK');
  }
}

async function clock(connection: Connection): Promise<Finding> {
  const { ok, warn } = findings('clock');
  const before = Date.now();
  const { now } = await one<{ now: string }>(
    connection,
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS now',
  );
  const difference = Math.round(Number(now) - (before + Date.now()) / 2);
  if (Math.abs(difference) <= 1000) return ok(`PostgreSQL's clock differs by ${difference} ms from this machine`);
  return warn(`PostgreSQL's clock differs by ${difference} ms from this machine`, 'synchronise the clocks with NTP');
}

async function transactions(connection: Connection, _: DatabaseConfiguration, limits: Limits): Promise<Finding[]> {
  const { ok, warn, skip } = findings('transactions');
  const old = await connection.query<{ who: string; end: string; place: string }>(
    `SELECT format('process %s of %s since %s', pid, usename, date_trunc('second', xact_start)) AS who,
       format('SELECT pg_terminate_backend(%s);', pid) AS end, '' AS place FROM pg_stat_activity
     WHERE xact_start < clock_timestamp() - $1::interval AND backend_type = 'client backend' AND pid <> pg_backend_pid()
     UNION ALL SELECT format('prepared transaction %s of %s since %s', gid, owner, date_trunc('second', prepared)),
       format('ROLLBACK PREPARED %L;', gid), format(' in database %s', database) FROM pg_prepared_xacts
     WHERE prepared < clock_timestamp() - $1::interval LIMIT 5`,
    [limits.transactionAge],
  );
  if (old.length > 0) {
    return old.map(({ who, end, place }) =>
      warn(
        `${who} has not ended: it delays the creation of replication slots`,
        `${end}${bySuperuser}${place}, if it is not needed`,
      ),
    );
  }
  const { user, visible } = await one<{ user: string; visible: boolean }>(
    connection,
    "SELECT quote_ident(current_user) AS user, pg_has_role('pg_read_all_stats', 'USAGE') AS visible",
  );
  if (visible) return [ok(`no transaction is older than ${limits.transactionAge}`)];
  return [
    skip(
      'the role is not a member of pg_read_all_stats, so the age of the transactions of other roles is unknown',
      `GRANT pg_read_all_stats TO ${user};${bySuperuser}`,
    ),
  ];
}

/** Only if the role may see it, as a member of pg_monitor. */
async function walOnDisk(connection: Connection): Promise<Finding> {
  const { ok, skip } = findings('WAL on disk');
  const { user, visible } = await one<{ user: string; visible: boolean }>(
    connection,
    "SELECT quote_ident(current_user) AS user, has_function_privilege('pg_ls_waldir()', 'EXECUTE') AS visible",
  );
  if (!visible) return skip('the role is not a member of pg_monitor', monitor(user));
  const { size } = await one<{ size: string }>(
    connection,
    'SELECT pg_size_pretty(sum(size)) AS size FROM pg_ls_waldir()',
  );
  return ok(`pg_wal takes ${size}`);
}

/** Only if the server's files are on this machine, and the role may see their path. */
async function freeDisk(connection: Connection, _: DatabaseConfiguration, limits: Limits): Promise<Finding> {
  const { ok, warn, skip } = findings('free disk');
  const { user, folder } = await one<{ user: string; folder: string | null }>(
    connection,
    `SELECT quote_ident(current_user) AS user, CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END AS folder`,
  );
  if (folder === null)
    return skip('the role is not a member of pg_read_all_settings, so the path of the files is unknown', monitor(user));
  const disk = await statfs(`${folder}/pg_wal`).catch(() => statfs(folder).catch(() => undefined));
  if (!disk) return skip(`${folder} is not on this machine`);
  const share = Math.round((100 * disk.bavail) / disk.blocks);
  const text = `${share} % of the disk with ${folder} is free (${Math.round((disk.bavail * disk.bsize) / 2 ** 20)} MB)`;
  if (share >= limits.freeDisk) return ok(text);
  return warn(text, 'free some space, or limit the WAL of slots with max_slot_wal_keep_size');
}

function runSetup(configuration: DatabaseConfiguration): string {
  const { host, port, database } = databaseTarget(configuration);
  return `psql -h ${shellWord(host)} -p ${port} -d ${shellWord(database)} -f setup.sql    # as superuser; "pgwamp init" writes the file`;
}

async function one<Row extends object>(connection: Connection, statement: string): Promise<Row> {
  const [row] = await connection.query<Row>(statement);
  return row as Row;
}
