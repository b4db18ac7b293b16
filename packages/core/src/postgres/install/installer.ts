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
import { bookkeepingTables, installerSettings, recordFunctions, recordMigration } from './records.ts';
import { type FunctionFile, type Migration, readSqlFiles } from './sql-files.ts';

/** What the installer installs, and what it does while it waits for other sessions; if it is stopped, nothing was changed. */
export interface Installation extends Patience {
  /** The schema that the files make their objects in; the default is `crossbar`. */
  readonly schema?: string;
  /** The folder with migrations/ and functions/, if not the package's own. */
  readonly folder?: string;
  /** Which variants of functions to install: `wal`, `outbox` or `notify`; or a function that says so, called when nobody else can change it. */
  readonly delivery?: string | (() => Promise<string>);
}

/** What the installer has done. */
export interface InstallationReport {
  /** Files that it applied. */
  readonly migrations: readonly string[];
  /** Files that it applied. */
  readonly functions: readonly string[];
  /** Functions that it dropped, because their files are gone or make them with other parameters. */
  readonly dropped: readonly string[];
  /** What it took from PUBLIC again, or gave back, for example after a restore without privileges. */
  readonly privileges: readonly string[];
}

/** The schema that is checked; the default is `crossbar`. */
interface CheckedSchema {
  readonly connection: Connection;
  readonly schema?: string;
}

/** Where one installation is at work. */
interface Target {
  readonly connection: Connection;
  readonly schema: string;
  readonly wait: Patience;
}

/**
 * Installs `sql/`, in one transaction, one at a time: the migrations that are missing, the functions that changed,
 * and the privileges that differ. If everything is in place it only reads.
 *
 * @example
 * ```ts
 * await install(connection, { delivery: 'outbox' });
 * ```
 *
 * @param within what else belongs into the same transaction.
 * @throws `SchemaMissingError`, `ForeignObjectsError`, `DatabaseNewerError`, `MigrationChangedError` or `SqlFilesError`;
 *   then nothing was changed.
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

/** What the installer has changed, in a line; undefined if everything was in place. */
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
  return length === 0 ? undefined : `${length} ${noun}${length === 1 ? '' : 's'}`;
}

/** Keeps other installers out, by locks that only the owner of the schema can take. */
async function lockSchema(target: Target): Promise<void> {
  const { schema } = target;
  // Where there is no table, a comment takes a lock on the schema itself.
  if (!(await hasTable(target))) await patiently(target, commentOn(schema));
  if (await hasTable(target)) await patiently(target, format('LOCK TABLE %I._migration IN EXCLUSIVE MODE', schema));
}

/** Locks the schema as well, against whoever does the same. */
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

/** Runs what may wait for other sessions. */
async function patiently({ connection, wait }: Target, statement: string): Promise<void> {
  await queryPatiently(connection, statement, [], wait);
}

/**
 * Checks that the schema is there, and that all of it belongs to the user.
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
  refuseUnlikeHistory(migrations, checksums);
  const missing = migrations.filter(({ version }) => !checksums.has(version));
  for (const migration of missing) {
    await patiently(target, migration.text);
    await connection.query(recordMigration(schema, migration));
  }
  return missing.map(({ name }) => name);
}

function refuseUnlikeHistory(migrations: readonly Migration[], applied: ReadonlyMap<number, string>): void {
  const newest = Math.max(0, ...applied.keys());
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) throw new DatabaseNewerError(newest, known);
  const changed = migrations.find(({ version, checksum }) => applied.has(version) && applied.get(version) !== checksum);
  if (changed) throw new MigrationChangedError(changed.name);
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
  // With check_function_bodies = off, only bodies without quotes are read when a function is created, and for those the files state what they need.
  const outdated: string[] = [];
  for (const file of changed) outdated.push(...(await applyFunction(target, file)));
  outdated.push(...(await signatures(target, gone)));
  // Together, since functions without quotes around their bodies depend on each other.
  if (outdated.length > 0) await connection.query(`DROP ROUTINE ${outdated.join(', ')}`);
  await connection.query(format(`DELETE FROM %I._function_file WHERE split_part(name, '.', 1) = ANY ($1)`, schema), [
    [...changed.map((file) => file.function), ...gone],
  ]);
  if (changed.length > 0) await connection.query(recordFunctions(schema, changed));
  return { functions: changed.map(({ name }) => name), dropped: outdated };
}

/** Applies a file. Returns the functions of its name that it does not make any more, since their parameters are others. */
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

/** Functions of these names that are there. */
async function signatures({ connection, schema }: Target, names: readonly string[]): Promise<string[]> {
  const found = await connection.query<{ signature: string }>(
    `SELECT oid::regprocedure::text AS signature FROM pg_proc
     WHERE pronamespace = quote_ident($1)::regnamespace AND proname = ANY ($2)`,
    [schema, names],
  );
  return found.map(({ signature }) => signature);
}

/**
 * Makes true again what the files and `setup.sql` say of PUBLIC: a dump that is restored without privileges leaves every function to everybody, and
 * the schema to nobody. Privileges of other roles are the operator's.
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
