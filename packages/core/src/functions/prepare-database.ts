import type { Logger } from '../component/index.ts';
import { type Connection, chooseDelivery, deliveryInForce, hasChanged, install } from '../postgres/index.ts';

/**
 * Installs what is missing, for a component that publishes nothing: the delivery of publications stays the one in force, and where no
 * Publisher has ever been it is the one that a Publisher would choose, so that `crossbar.publish` works from the beginning.
 *
 * @throws as `install`; `DatabaseLostError` if the server is a standby.
 */
export async function prepareDatabase(connection: Connection, log: Logger): Promise<void> {
  const { delivery } = await chooseDelivery(connection, 'auto');
  const report = await install(connection, {
    delivery: async () => (await deliveryInForce(connection)) ?? delivery,
  });
  if (hasChanged(report)) log.info(report, 'installed');
}
