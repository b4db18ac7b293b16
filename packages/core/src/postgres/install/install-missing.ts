import type { Connection } from '../connection.ts';
import type { Patience } from '../patient-query.ts';
import { chooseDelivery, deliveryInForce } from './delivery.ts';
import { type InstallationReport, install } from './installer.ts';

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
