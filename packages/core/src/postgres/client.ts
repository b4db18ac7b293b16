import type { DatabaseConfiguration } from '@pgwamp/config';
import pg from 'pg';
import { DatabaseLostError } from '../errors.ts';
import { tlsOptions } from './tls.ts';

/** Milliseconds that connecting and authenticating may take. */
export const connectTimeout = 10_000;

/**
 * A node-postgres client that is connected.
 *
 * @param configuration where PostgreSQL is.
 * @param applicationName what pg_stat_activity shows.
 * @param extra options of node-postgres besides, such as `replication`.
 * @throws what PostgreSQL or the operating system said.
 */
export async function connectClient(
  configuration: DatabaseConfiguration,
  applicationName: string,
  extra: pg.ClientConfig = {},
): Promise<pg.Client> {
  const ssl = tlsOptions(configuration.ssl);
  const client = new pg.Client({
    ...('uri' in configuration ? { connectionString: configuration.uri } : fields(configuration)),
    ...(ssl !== undefined && { ssl }),
    // PostgreSQL cuts application_name at 63 bytes.
    application_name: applicationName.slice(0, 63),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeout,
    ...extra,
  });
  // Without a listener the loss of a connection would end the process; who uses the client listens as well.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    client.connection.stream.destroy();
    throw isServerError(error) ? error : new DatabaseLostError(reason(error), { cause: error });
  });
  return client;
}

function fields(configuration: Exclude<DatabaseConfiguration, { uri: string }>): pg.ClientConfig {
  const { host, port, database, user, password } = configuration;
  return { host, port, database, user, ...(password !== undefined && { password }) };
}

/** Whether PostgreSQL itself raised this error, so that it has an SQLSTATE. */
export function isServerError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError;
}

/** A line that says why, also for Node's AggregateError, whose message is empty. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}
