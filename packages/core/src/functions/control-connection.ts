import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Logger } from '../component/index.ts';
import { Connection, chooseDelivery, deliveryInForce, explained, install, summaryOf } from '../postgres/index.ts';

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
    await explained(database, () => installMissing(connection, log));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * The delivery of publications stays the one in force. Where no Publisher has ever been it is the one that a Publisher would choose, so
 * that `crossbar.publish` works from the beginning.
 */
async function installMissing(connection: Connection, log: Logger): Promise<void> {
  const { delivery } = await chooseDelivery(connection, 'auto');
  const report = await install(connection, {
    delivery: async () => (await deliveryInForce(connection)) ?? delivery,
  });
  const summary = summaryOf(report);
  if (summary !== undefined) log.info(summary);
}
