import { database, parseConfiguration } from '@pgwamp/config';
import type { InstallationReport } from '@pgwamp/core/internal/postgres';
import type * as z from 'zod';

/** The delivery until the first Publisher sets its own: it requires only tables. */
export const firstDelivery = 'outbox';

/**
 * Installs the schema `crossbar`, like every component at its start, so that migrations of an application find
 * `crossbar.publish` in a new database. Run `setup.sql` first.
 *
 * @example
 * ```ts
 * const { migrations, functions } = await install({ uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' });
 * ```
 *
 * @param options the database, like `extra.database` of a component; the role must own the schema.
 * @returns the files that were applied; empty lists if everything was in place.
 * @throws `ConfigurationError` for wrong options; `SchemaMissingError` before `setup.sql`; `DatabaseNewerError` if a
 *   newer pgwamp has installed; `DatabaseLostError` if PostgreSQL cannot be reached.
 */
export async function install(options: z.input<typeof database>): Promise<InstallationReport> {
  const postgres = await import('@pgwamp/core/internal/postgres');
  await using connection = await postgres.Connection.open(parseConfiguration(database, options), 'pgwamp install');
  const delivery = async () => (await postgres.deliveryInForce(connection)) ?? firstDelivery;
  return await postgres.install(connection, { delivery });
}

/**
 * Installs the schemas `events` and `rabbitmq`, with the functions of pg-event-proxy and pg-amqp-bridge. They replace
 * the original functions; the table and triggers stay.
 *
 * @param options the database; the role needs CREATE on the database, or must own the schemas.
 */
export async function installEvents(options: z.input<typeof database>): Promise<void> {
  const postgres = await import('@pgwamp/core/internal/postgres');
  await using connection = await postgres.Connection.open(parseConfiguration(database, options), 'pgwamp install');
  await postgres.installEvents(connection);
}
