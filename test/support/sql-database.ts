import { readFile } from 'node:fs/promises';
import { database as databaseSchema } from '@pgwamp/core/config';
import { Connection, install } from '@pgwamp/core/database';
import {
  type Connection as Client,
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

/** A database in which `sql/setup.sql` has run and pgwamp is installed, on the shared server unless another one is said. */
export async function createSetUpDatabase(server?: PostgresServer): Promise<TestDatabase> {
  return (server ?? (await sharedPostgres())).createDatabase(prepare);
}

/** What the first component to start does as well; done once for all tests, since it takes a tenth of a second. */
async function prepare(database: TestDatabase): Promise<void> {
  await runSqlFile(database, 'setup.sql');
  const { host, port } = database.config;
  const crossbar = { host, port, database: database.name, user: 'crossbar', password: 'crossbar' };
  await using connection = await Connection.open(databaseSchema.parse(crossbar), 'pgwamp test');
  await install(connection, { delivery: 'wal' });
}

/** The rows of a statement. */
export async function rows<Row extends object>(
  sql: Client,
  statement: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  return (await sql.query<Row>(statement, parameters)).rows;
}

/** The only value of a statement's only row. */
export async function value(sql: Client, statement: string, parameters: unknown[] = []): Promise<unknown> {
  const [row] = await rows<Record<string, unknown>>(sql, statement, parameters);
  return Object.values(row ?? {})[0];
}
