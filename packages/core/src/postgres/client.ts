import type { ConnectionOptions } from 'node:tls';
import { checkTls, type DatabaseConfiguration, readPem, withoutTls } from '@pgwamp/config';
import type { Client, ClientConfig } from 'pg';
import { pg } from './library.ts';
import { connectError, isServerError } from './server-error.ts';
import { lineOptions } from './session-settings.ts';

/** Milliseconds that connecting and authenticating may take. */
export const connectTimeout = 10_000;

/** Where the options of TLS are in a configuration. */
const tlsPlace = ['extra', 'database', 'ssl'];

/**
 * A node-postgres client that is connected, and whose session PostgreSQL ends when the line to it dies.
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
  const connect = (options: string) => connected(configuration, applicationName, extra, options);
  try {
    // A pooler may take no options, and has a line of its own to PostgreSQL; a system may not be able to watch one.
    return await connect(lineOptions(configuration.heartbeat)).catch((error: unknown) => {
      if (isOptionRefused(error)) return connect('');
      throw error;
    });
  } catch (error) {
    throw connectError(configuration, error);
  }
}

async function connected(
  configuration: DatabaseConfiguration,
  applicationName: string,
  { options, ...extra }: ClientConfig,
  line: string,
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
  const { connectionParameters } = client;
  // Those of a URI and of PGOPTIONS would take the place of ours. The last one of a name holds.
  connectionParameters.options = [line, connectionParameters.options, options].filter(Boolean).join(' ');
  // Without a listener the loss of a connection would end the process; who uses the client listens as well.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    client.connection.stream.destroy();
    throw error;
  });
  return client;
}

/** 08P01 is PgBouncer's, 0A000 of other poolers; PostgreSQL itself knows no such setting (42704), or not on this system (22023). */
function isOptionRefused(error: unknown): boolean {
  return isServerError(error) && /^(08P01|0A000|22023|42704)$/.test(error.code ?? '');
}

function fields(configuration: Exclude<DatabaseConfiguration, { uri: string }>): ClientConfig {
  const { host, port, database, user, password } = configuration;
  return { host, port, database, user, ...(password !== undefined && { password }) };
}

/**
 * Node's TLS options out of `extra.database.ssl`; undefined leaves it to the URI, false is no TLS.
 *
 * @throws `ConfigurationError` if a PEM file cannot be read, or holds what OpenSSL does not take.
 */
function tlsOptions(ssl: DatabaseConfiguration['ssl']): ConnectionOptions | boolean | undefined {
  if (typeof ssl !== 'object') return ssl;
  const { ca, cert, key, servername, rejectUnauthorized } = ssl;
  const options = {
    rejectUnauthorized,
    ...(ca !== undefined && { ca: pem(ca, 'ca') }),
    ...(cert !== undefined && { cert: pem(cert, 'cert') }),
    ...(key !== undefined && { key: pem(key, 'key') }),
    ...(servername !== undefined && { servername }),
  };
  return checkTls(options, tlsPlace);
}

function pem(textOrPath: string, key: string): string {
  return readPem(textOrPath, [...tlsPlace, key]);
}
