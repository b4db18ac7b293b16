import type { Connection } from '../connection.ts';
import type { Patience } from '../patient-query.ts';
import { chooseDelivery, deliveryInForce } from './delivery.ts';
import { type InstallationReport, install } from './installer.ts';

/**
 * Installs what of `sql/` is missing, whichever component starts first. The delivery of publications stays the one in force. Where no Publisher
 * has ever been it is the one that a Publisher would choose, so that `crossbar.publish` works from the beginning.
 *
 * @throws what the installer throws; `DatabaseLostError` on a standby server.
 */
export async function installMissing(connection: Connection, patience: Patience): Promise<InstallationReport> {
  const { delivery } = await chooseDelivery(connection, 'auto');
  return install(connection, { delivery: async () => (await deliveryInForce(connection)) ?? delivery, ...patience });
}
