import { readFile } from 'node:fs/promises';
import {
  type Connection,
  type PostgresServer,
  repositoryRoot,
  sharedPostgres,
  type TestDatabase,
} from '@pgwamp/harness';

/** The text of a file of `sql/`. */
export function sqlFile(name: string): Promise<string> {
  return readFile(`${repositoryRoot}/sql/${name}`, 'utf8');
}

/** Runs a file of `sql/` as superuser, whole, as `psql -f` or a client would. */
export async function runSqlFile(database: TestDatabase, name: string): Promise<void> {
  await using superuser = await database.connect();
  await superuser.query(await sqlFile(name));
}

/** A database in which `sql/setup.sql` has run, on the shared server unless another one is said. */
export async function createSetUpDatabase(server?: PostgresServer): Promise<TestDatabase> {
  const database = await (server ?? (await sharedPostgres())).createDatabase();
  await runSqlFile(database, 'setup.sql');
  return database;
}

/** The rows of a statement. */
export async function rows<Row extends object>(
  sql: Connection,
  statement: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  return (await sql.query<Row>(statement, parameters)).rows;
}

/** The only value of a statement's only row. */
export async function value(sql: Connection, statement: string, parameters: unknown[] = []): Promise<unknown> {
  const [row] = await rows<Record<string, unknown>>(sql, statement, parameters);
  return Object.values(row ?? {})[0];
}
