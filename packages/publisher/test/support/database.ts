import { type PostgresServer, sharedPostgres, type TestDatabase } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';

/** What `extra.database` of a Publisher takes. */
export interface DatabaseOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly heartbeat?: { readonly interval: number; readonly timeout: number };
}

/** A database in which pgwamp is installed, and how a Publisher reaches it. */
export interface PreparedDatabase extends TestDatabase {
  readonly options: DatabaseOptions;
}

/** A database of its own for a test, ready for the first component. */
export async function prepareDatabase(server?: PostgresServer): Promise<PreparedDatabase> {
  const { host, port } = server ?? (await sharedPostgres());
  const database = await createSetUpDatabase(server);
  const options = { host, port, database: database.name, user: 'crossbar', password: 'crossbar' };
  return { ...database, options };
}
