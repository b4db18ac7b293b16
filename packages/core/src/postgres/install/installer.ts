import { DatabaseNewerError, ForeignObjectsError, MigrationChangedError, SchemaMissingError } from '../../errors.ts';
import type { Connection } from '../connection.ts';
import { type Migration, readSqlFiles, type SqlFile } from './sql-files.ts';

/** The advisory lock under which everything is installed; the first half of the key is pgwamp's. */
export const advisoryLockClass = 6000;
const installLock = 0;

/** What the installer makes true. */
export interface Installation {
  /** Whose variants of functions to put in place: `wal`, `outbox` or `notify`; or what says so, asked when nobody else can change it. */
  readonly delivery: string | (() => Promise<string>);
  /** The folder with migrations/ and functions/, if not the package's own. */
  readonly folder?: string;
}

/** What the installer has done: names of the files that it applied. */
export interface InstallationReport {
  readonly migrations: readonly string[];
  readonly functions: readonly string[];
}

/**
 * Installs `sql/`, in one transaction under one advisory lock: the migrations that are missing, and the functions that changed.
 * Where all is in place it only reads.
 *
 * @param within what else belongs into the same transaction.
 * @throws `SchemaMissingError`, `ForeignObjectsError`, `DatabaseNewerError` or `MigrationChangedError`;
 *   then nothing was changed.
 */
export async function install(
  connection: Connection,
  { delivery, folder }: Installation,
  within: () => Promise<void> = async () => undefined,
): Promise<InstallationReport> {
  await connection.query('BEGIN');
  try {
    await connection.query('SELECT pg_advisory_xact_lock($1, $2)', [advisoryLockClass, installLock], waits);
    await checkSchema(connection);
    const files = await readSqlFiles(typeof delivery === 'string' ? delivery : await delivery(), folder);
    const migrations = await migrate(connection, files.migrations);
    const functions = await replaceFunctions(connection, files.functions);
    await within();
    await connection.query('COMMIT');
    return { migrations, functions };
  } catch (error) {
    if (!connection.lost.aborted) await connection.query('ROLLBACK');
    throw error;
  }
}

const waits = { timeout: Number.POSITIVE_INFINITY };

/** @throws `SchemaMissingError`, `ForeignObjectsError` */
export async function checkSchema(connection: Connection): Promise<void> {
  const [schema] = await connection.query<{ owner: string | null; database: string; user: string }>(
    `SELECT current_database() AS database, current_user AS user,
       (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'crossbar') AS owner`,
  );
  const { database = '', user = '', owner } = schema ?? {};
  if (!owner || owner !== user) throw new SchemaMissingError(database, user, owner ?? undefined);
  const foreign = await connection.query<{ object: string }>(
    `SELECT format('%s %s (owner %s)', kind, name, pg_get_userbyid(owner)) AS object FROM (
       SELECT 'relation' AS kind, oid::regclass::text AS name, relowner AS owner, relnamespace AS namespace FROM pg_class
       UNION ALL SELECT 'function', oid::regprocedure::text, proowner, pronamespace FROM pg_proc
       UNION ALL SELECT 'type', oid::regtype::text, typowner, typnamespace FROM pg_type
     ) AS object
     WHERE namespace = 'crossbar'::regnamespace AND owner <> current_user::regrole ORDER BY 1 LIMIT 10`,
  );
  if (foreign.length > 0) throw new ForeignObjectsError(foreign.map(({ object }) => object));
}

async function migrate(connection: Connection, migrations: readonly Migration[]): Promise<string[]> {
  const [table] = await connection.query<{ exists: boolean }>(
    `SELECT to_regclass('crossbar.migration') IS NOT NULL AS exists`,
  );
  const applied = table?.exists
    ? await connection.query<{ version: number; checksum: string }>('SELECT version, checksum FROM crossbar.migration')
    : [];
  const checksums = new Map(applied.map(({ version, checksum }) => [version, checksum]));
  refuseUnlikeHistory(migrations, checksums);
  const missing = migrations.filter(({ version }) => !checksums.has(version));
  for (const migration of missing) await applyMigration(connection, migration);
  return missing.map(({ name }) => name);
}

function refuseUnlikeHistory(migrations: readonly Migration[], applied: ReadonlyMap<number, string>): void {
  const newest = Math.max(0, ...applied.keys());
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) throw new DatabaseNewerError(newest, known);
  const changed = migrations.find(({ version, checksum }) => applied.has(version) && applied.get(version) !== checksum);
  if (changed) throw new MigrationChangedError(changed.name);
}

async function applyMigration(connection: Connection, { version, name, text, checksum }: Migration): Promise<void> {
  await connection.query(text, [], waits);
  await connection.query('INSERT INTO crossbar.migration (version, name, checksum) VALUES ($1, $2, $3)', [
    version,
    name,
    checksum,
  ]);
}

async function replaceFunctions(connection: Connection, files: readonly SqlFile[]): Promise<string[]> {
  const rows = await connection.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM crossbar.function_file',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const changed = files.filter(({ name, checksum }) => applied.get(name) !== checksum);
  // Functions may mention each other, and the files come in the order of their names. Only the body of one that is written
  // without quotes has to find what it mentions already there.
  if (changed.length > 0) await connection.query('SET LOCAL check_function_bodies = off');
  for (const file of changed) await applyFunction(connection, file);
  return changed.map(({ name }) => name);
}

async function applyFunction(connection: Connection, { name, text, checksum }: SqlFile): Promise<void> {
  const [base] = name.split('.');
  await connection.query(text, [], waits);
  // Only one variant of a function is in place.
  await connection.query(`DELETE FROM crossbar.function_file WHERE split_part(name, '.', 1) = $1`, [base]);
  await connection.query('INSERT INTO crossbar.function_file (name, checksum) VALUES ($1, $2)', [name, checksum]);
}
