import type { Logger } from '@pgwamp/core/internal/component';
import {
  type Connection,
  checkSchema,
  deliveryInForce,
  install,
  type Patience,
  summaryOf,
} from '@pgwamp/core/internal/postgres';

/**
 * Installs what is missing of the schema `crossbar`, which topics come from, and which the sessions need that run functions and policies as
 * other roles.
 *
 * @param needsTopics whether publications are to be written into the log, where no Publisher has decided otherwise.
 * @throws `SchemaMissingError`, where `sql/setup.sql` was not run.
 */
export async function prepareDatabase(
  connection: Connection,
  needsTopics: boolean,
  log: Logger,
  patience: Patience,
): Promise<void> {
  await checkSchema({ connection });
  const delivery = async () => (await deliveryInForce(connection)) ?? (needsTopics ? 'wal' : 'outbox');
  const report = await install(connection, { delivery, ...patience }, async () => {
    if (needsTopics)
      await connection.query(`INSERT INTO crossbar._delivery (mode) VALUES ('wal') ON CONFLICT DO NOTHING`);
  });
  const summary = summaryOf(report);
  if (summary !== undefined) log.info(summary);
}
