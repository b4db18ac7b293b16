import { type DatabaseConfiguration, withoutTls } from '@pgwamp/config';
import type { Client, ClientConfig } from 'pg';
import { pg } from './library.ts';
import { connectError } from './server-error.ts';
import { tlsOptions } from './tls.ts';

/** Milliseconds that connecting and authenticating may take. */
export const connectTimeout = 10_000;

/**
 * A node-postgres client that is connected.
 *
 * @param configuration where PostgreSQL is.
 * @param applicationName what pg_stat_activity shows.
 * @param extra options of node-postgres besides, such as `replication`.
 * @throws `DatabaseRefusedError` if PostgreSQL refuses, `DatabaseLostError` if it cannot be reached.
 */
export async function connectClient(
  configuration: DatabaseConfiguration,
  applicationName: string,
  extra: ClientConfig = {},
): Promise<Client> {
  const ssl = tlsOptions(configuration.ssl);
  const client = new (pg().Client)({
    ...('uri' in configuration
      ? { connectionString: ssl ? withoutTls(configuration.uri) : configuration.uri }
      : fields(configuration)),
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
    throw connectError(configuration, error);
  });
  return client;
}

function fields(configuration: Exclude<DatabaseConfiguration, { uri: string }>): ClientConfig {
  const { host, port, database, user, password } = configuration;
  return { host, port, database, user, ...(password !== undefined && { password }) };
}
