import type { Logger } from '@pgwamp/core/internal/component';
import { type Connection, checkSchema, deliveryInForce, hasChanged, install } from '@pgwamp/core/internal/postgres';

/**
 * Installs what is missing of the schema `crossbar`, which topics come from, and which the sessions need that run functions and policies as
 * other roles.
 *
 * @throws `SchemaMissingError`, where `sql/setup.sql` was not run.
 */
export async function prepareDatabase(connection: Connection, log: Logger): Promise<void> {
  await checkSchema({ connection });
  const report = await install(connection, { delivery: async () => (await deliveryInForce(connection)) ?? 'wal' });
  if (hasChanged(report)) log.info(report, 'installed');
}
