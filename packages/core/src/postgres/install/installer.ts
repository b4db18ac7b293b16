import { counted } from '@pgwamp/config';
import format from 'pg-format';
import {
  DatabaseNewerError,
  ForeignObjectsError,
  MigrationChangedError,
  SchemaMissingError,
  SqlFilesError,
} from '../../errors.ts';
import type { Connection } from '../connection.ts';
import { type Patience, queryPatiently } from '../patient-query.ts';
import { chooseDelivery, deliveryInForce } from './delivery.ts';
import { bookkeepingTables, installerSettings, recordFunctions, recordMigration } from './records.ts';
import { eventsSql, type FunctionFile, type Migration, readSqlFiles } from './sql-files.ts';

/** Options of the installer. If it is stopped while it waits for other sessions, nothing is changed. */
export interface Installation extends Patience {
  /** The schema in which the files create their objects. Default: `crossbar`. */
  readonly schema?: string;
  /** The folder with migrations/ and functions/. Default: the folder of this package. */
  readonly folder?: string;
  /**
   * The delivery whose function variants are installed: `wal`, `outbox` or `notify`. A function is called after the
   * schema is locked, so no other session can change its result.
   */
  readonly delivery?: string | (() => Promise<string>);
}

/** The changes made by the installer. */
export interface InstallationReport {
  /** Applied migration files. */
  readonly migrations: readonly string[];
  /** Applied function files. */
  readonly functions: readonly string[];
  /** Functions that were dropped, because their files no longer exist or create them with other parameters. */
  readonly dropped: readonly string[];
  /** Privileges that were revoked from PUBLIC or granted again, for example after a restore without privileges. */
  readonly privileges: readonly string[];
}

/** The schema to check. Default: `crossbar`. */
interface CheckedSchema {
  readonly connection: Connection;
  readonly schema?: string;
}

/** The connection and the schema of one installation. */
interface Target {
  readonly connection: Connection;
  readonly schema: string;
  readonly wait: Patience;
}

/**
 * Installs `sql/` in one transaction: the missing migrations, the changed functions, and the privileges that differ.
 * Only one installer runs at a time. If everything is up to date, it only reads.
 *
 * @example
 * ```ts
 * await install(connection, { delivery: 'outbox' });
 * ```
 *
 * @param within work to do in the same transaction.
 * @throws `SchemaMissingError`, `ForeignObjectsError`, `DatabaseNewerError`, `MigrationChangedError` or
 *   `SqlFilesError`. In that case, nothing was changed.
 */
export async function install(
  connection: Connection,
  { schema = 'crossbar', folder, delivery, ...wait }: Installation,
  within: () => Promise<void> = async () => undefined,
): Promise<InstallationReport> {
  const target = { connection, schema, wait };
  await connection.query('BEGIN');
  try {
    await connection.query(installerSettings);
    await checkSchema(target);
    await lockSchema(target);
    const files = await readSqlFiles(typeof delivery === 'function' ? await delivery() : delivery, folder);
    const migrations = await migrate(target, files.migrations);
    const functions = await replaceFunctions(target, files.functions);
    const privileges = await restorePrivileges(target, files.functions);
    await within();
    await connection.query('COMMIT');
    return { migrations, ...functions, privileges };
  } catch (error) {
    if (!connection.lost.aborted) await connection.query('ROLLBACK');
    throw error;
  }
}

/** Installs the schemas `events` and `rabbitmq`, or replaces the original functions with ours. */
export async function installEvents(connection: Connection): Promise<void> {
  await connection.query(`BEGIN; ${await eventsSql()}; COMMIT`);
}

/**
 * Installs the missing parts of `sql/`. The first component to start does this. The delivery of publications remains
 * the one in force. If no Publisher has run yet, it is the one that a Publisher would choose, so `crossbar.publish`
 * works from the start.
 *
 * @throws errors of the installer; `DatabaseLostError` on a standby server.
 */
export async function installMissing(connection: Connection, patience: Patience): Promise<InstallationReport> {
  const { delivery } = await chooseDelivery(connection, 'auto');
  return install(connection, { delivery: async () => (await deliveryInForce(connection)) ?? delivery, ...patience });
}

/** Summarizes the changes of the installer in one line; undefined if there were none. */
export function summaryOf({ migrations, functions, dropped, privileges }: InstallationReport): string | undefined {
  const parts = [
    count(migrations, 'migration'),
    count(functions, 'function'),
    count(dropped, 'dropped function'),
    count(privileges, 'privilege'),
  ];
  const changed = parts.filter((part) => part !== undefined).join(', ');
  return changed === '' ? undefined : `installed schema crossbar: ${changed}`;
}

function count({ length }: readonly string[], noun: string): string | undefined {
  return length === 0 ? undefined : counted(length, noun);
}

/** Locks out other installers. Only the owner of the schema can take these locks. */
async function lockSchema(target: Target): Promise<void> {
  const { schema } = target;
  // If the table does not exist, COMMENT locks the schema itself.
  if (!(await hasTable(target))) await patiently(target, commentOn(schema));
  if (await hasTable(target)) await patiently(target, format('LOCK TABLE %I._migration IN EXCLUSIVE MODE', schema));
}

/** Returns a COMMENT statement. It also locks the schema against other sessions that run it. */
export function commentOn(schema: string): string {
  return format(
    'COMMENT ON SCHEMA %I IS %L',
    schema,
    'WAMP in SQL: publish, subscribe, register and call. Made by pgwamp.',
  );
}

async function hasTable({ connection, schema }: Target): Promise<boolean> {
  const [table] = await connection.query<{ exists: boolean }>(
    `SELECT to_regclass(quote_ident($1) || '._migration') IS NOT NULL AS exists`,
    [schema],
  );
  return table?.exists ?? false;
}

/** Runs a statement that may wait for other sessions. */
async function patiently({ connection, wait }: Target, statement: string): Promise<void> {
  await queryPatiently(connection, statement, [], wait);
}

/**
 * Checks that the schema exists, and that the user owns it and everything in it.
 *
 * @throws `SchemaMissingError`, `ForeignObjectsError`
 */
export async function checkSchema({ connection, schema = 'crossbar' }: CheckedSchema): Promise<void> {
  const [found] = await connection.query<{ owner: string | null; database: string; user: string }>(
    `SELECT current_database() AS database, current_user AS user,
       (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = $1) AS owner`,
    [schema],
  );
  const { database = '', user = '', owner } = found ?? {};
  if (!owner || owner !== user) throw new SchemaMissingError(database, user, owner ?? undefined, schema);
  const foreign = await connection.query<{ object: string }>(
    `SELECT format('%s %s (owner %s)', kind, name, pg_get_userbyid(owner)) AS object FROM (
       SELECT 'relation' AS kind, oid::regclass::text AS name, relowner AS owner, relnamespace AS namespace FROM pg_class
       UNION ALL SELECT 'function', oid::regprocedure::text, proowner, pronamespace FROM pg_proc
       UNION ALL SELECT 'type', oid::regtype::text, typowner, typnamespace FROM pg_type
     ) AS object
     WHERE namespace = quote_ident($1)::regnamespace AND owner <> current_user::regrole ORDER BY 1 LIMIT 10`,
    [schema],
  );
  if (foreign.length > 0)
    throw new ForeignObjectsError(
      foreign.map(({ object }) => object),
      schema,
    );
}

async function migrate(target: Target, migrations: readonly Migration[]): Promise<string[]> {
  const { connection, schema } = target;
  if (!(await hasTable(target))) await connection.query(bookkeepingTables(schema));
  const applied = await connection.query<{ version: number; checksum: string }>(
    format('SELECT version, checksum FROM %I._migration', schema),
  );
  const checksums = new Map(applied.map(({ version, checksum }) => [version, checksum]));
  const difference = differenceOfHistory(migrations, checksums);
  if (difference) throw difference;
  const missing = migrations.filter(({ version }) => !checksums.has(version));
  for (const migration of missing) {
    await patiently(target, migration.text);
    await connection.query(recordMigration(schema, migration));
  }
  return missing.map(({ name }) => name);
}

/**
 * Why the migrations of a database cannot have been these; undefined if they can.
 *
 * @param applied the checksums of the applied migrations by their versions.
 */
export function differenceOfHistory(
  migrations: readonly Migration[],
  applied: ReadonlyMap<number, string>,
): DatabaseNewerError | MigrationChangedError | undefined {
  const newest = Math.max(0, ...applied.keys());
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) return new DatabaseNewerError(newest, known);
  const changed = migrations.find(({ version, checksum }) => applied.has(version) && applied.get(version) !== checksum);
  return changed && new MigrationChangedError(changed.name);
}

async function replaceFunctions(
  target: Target,
  files: readonly FunctionFile[],
): Promise<{ functions: string[]; dropped: string[] }> {
  const { connection, schema } = target;
  const rows = await connection.query<{ name: string; checksum: string }>(
    format('SELECT name, checksum FROM %I._function_file', schema),
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const changed = files.filter(({ name, checksum }) => applied.get(name) !== checksum);
  const known = new Set(files.map((file) => file.function));
  const gone = [...applied.keys()].map((name) => name.split('.')[0] ?? '').filter((name) => !known.has(name));
  if (changed.length + gone.length === 0) return { functions: [], dropped: [] };
  // With check_function_bodies = off, PostgreSQL only checks bodies without quotes when it creates a function. For
  // those, the files list the functions that they need.
  const outdated: string[] = [];
  for (const file of changed) outdated.push(...(await applyFunction(target, file)));
  outdated.push(...(await signatures(target, gone)));
  // One statement drops all, because functions without quotes around their bodies depend on each other.
  if (outdated.length > 0) await connection.query(`DROP ROUTINE ${outdated.join(', ')}`);
  await connection.query(format(`DELETE FROM %I._function_file WHERE split_part(name, '.', 1) = ANY ($1)`, schema), [
    [...changed.map((file) => file.function), ...gone],
  ]);
  if (changed.length > 0) await connection.query(recordFunctions(schema, changed));
  return { functions: changed.map(({ name }) => name), dropped: outdated };
}

/**
 * Applies a file. Returns the functions with its name that it no longer creates, because their parameters have changed.
 */
async function applyFunction(target: Target, file: FunctionFile): Promise<string[]> {
  const { connection, schema } = target;
  await patiently(target, file.text);
  const found = await connection.query<{ signature: string; made: boolean }>(
    `SELECT oid::regprocedure::text AS signature, xmin = pg_current_xact_id()::xid AS made FROM pg_proc
     WHERE pronamespace = quote_ident($1)::regnamespace AND proname = $2`,
    [schema, file.function],
  );
  if (!found.some(({ made }) => made)) throw new SqlFilesError(`${file.name} does not make function ${file.function}`);
  return found.filter(({ made }) => !made).map(({ signature }) => signature);
}

/** Returns the existing functions with these names. */
async function signatures({ connection, schema }: Target, names: readonly string[]): Promise<string[]> {
  const found = await connection.query<{ signature: string }>(
    `SELECT oid::regprocedure::text AS signature FROM pg_proc
     WHERE pronamespace = quote_ident($1)::regnamespace AND proname = ANY ($2)`,
    [schema, names],
  );
  return found.map(({ signature }) => signature);
}

/**
 * Restores the privileges of PUBLIC that the files and `setup.sql` define. A dump restored without privileges gives
 * PUBLIC access to every function and no access to the schema. Privileges of other roles are left to the operator.
 */
async function restorePrivileges({ connection, schema }: Target, files: readonly FunctionFile[]): Promise<string[]> {
  const names = files.filter(({ isPrivate }) => isPrivate).map((file) => file.function);
  const statements = await connection.query<{ statement: string }>(
    `SELECT format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', oid::regprocedure) AS statement FROM pg_proc
     WHERE pronamespace = quote_ident($1)::regnamespace AND proname = ANY ($2) AND EXISTS (
       SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS entry WHERE entry.grantee = 0)
     UNION ALL
     SELECT format('GRANT USAGE ON SCHEMA %I TO PUBLIC', nspname) FROM pg_namespace WHERE nspname = $1 AND nspacl IS NULL
     ORDER BY 1`,
    [schema, names],
  );
  for (const { statement } of statements) await connection.query(statement);
  return statements.map(({ statement }) => statement);
}
