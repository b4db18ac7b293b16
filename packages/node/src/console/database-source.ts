import { type DatabaseConfiguration, databaseLabel } from '@pgwamp/config';
import { Connection } from '@pgwamp/core/internal/postgres';
import { overviewFromDatabase, placeOf } from '../overview/from-database.ts';
import type { ConsoleSource } from './source.ts';

/** The console's view of a database alone: the components that use it, wherever they run. */
export interface DatabaseSource extends ConsoleSource, AsyncDisposable {}

/**
 * Connects to a database for the console.
 *
 * @throws `NotInstalledError`, `DatabaseLostError`; errors of PostgreSQL, for example for a wrong password.
 */
export async function openDatabaseSource(database: DatabaseConfiguration): Promise<DatabaseSource> {
  const place = placeOf(database);
  const started = new Date().toISOString();
  let connection = Connection.open(database, 'pgwamp console');
  try {
    await overviewFromDatabase(await connection, place);
  } catch (error) {
    await connection.then((open) => open.close()).catch(() => undefined);
    throw error;
  }
  /** A lost connection is reopened at the next request of the page. */
  const present = async (): Promise<Connection> => {
    const isUsable = await connection.then(({ lost }) => !lost.aborted).catch(() => false);
    if (!isUsable) connection = Connection.open(database, 'pgwamp console');
    return connection;
  };
  return {
    async state() {
      const { rows } = await overviewFromDatabase(await present(), place);
      return { file: place, started, workers: [], rows };
    },
    databases: () => new Map([[databaseLabel(database), database]]),
    async examine() {
      const { examine } = await import('../doctor/examine.ts');
      return examine([database], undefined);
    },
    // The connection may already be lost.
    [Symbol.asyncDispose]: () => connection.then((open) => open.close()).catch(() => undefined),
  };
}
