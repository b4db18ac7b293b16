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
 * Installs the missing parts of the schema `crossbar`. Topics need it, and so do sessions that run functions and
 * policies as other roles.
 *
 * @param needsTopics whether to choose delivery "wal", unless a Publisher has chosen another one.
 * @throws `SchemaMissingError` if `sql/setup.sql` was not run.
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
