import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Logger } from '../component/index.ts';
import { Connection, explained } from '../postgres/index.ts';
import { prepareDatabase } from './prepare-database.ts';

/**
 * Connects for everything but the work itself, and installs `sql/` where something of it is missing.
 *
 * @param applicationName what `pg_stat_activity` shows.
 * @throws `DatabaseLostError` if PostgreSQL cannot be reached, and what the installer throws.
 */
export async function openControlConnection(
  database: DatabaseConfiguration,
  applicationName: string,
  log: Logger,
): Promise<Connection> {
  const connection = await Connection.open(database, applicationName);
  try {
    await explained(database, () => prepareDatabase(connection, log));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
