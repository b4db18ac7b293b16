import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Logger } from '../component/index.ts';

import { Connection, explained, installMissing, summaryOf } from '../postgres/index.ts';

/**
 * Connects for everything but the work itself, and installs `sql/` where something of it is missing.
 *
 * @param applicationName what `pg_stat_activity` shows.
 * @throws `DatabaseLostError` if PostgreSQL cannot be reached, or is a standby; and what the installer throws.
 */
export async function openControlConnection(
  database: DatabaseConfiguration,
  applicationName: string,
  log: Logger,
): Promise<Connection> {
  const connection = await Connection.open(database, applicationName);
  try {
    const waiting = (processIds: readonly number[]) =>
      log.warn({ processIds }, 'waiting to install: other sessions hold what is to be changed');
    const summary = summaryOf(await explained(database, () => installMissing(connection, { waiting })));
    if (summary !== undefined) log.info(summary);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
