import type { ConnectionOptions } from 'node:tls';
import {
  checkTls,
  type DatabaseConfiguration,
  readPem,
  singleHosts,
  withoutTls,
  withVerifiedTls,
} from '@pgwamp/config';
import type { Client, ClientConfig } from 'pg';
import { firstPrimary } from './first-primary.ts';
import { pg } from './library.ts';
import { connectError, isServerError } from './server-error.ts';
import { lineOptions, sessionOptions } from './session-settings.ts';

/** Milliseconds for connecting and authenticating. */
export const connectTimeout = 10_000;

/** Path of the TLS options in a configuration. */
const tlsPlace = ['extra', 'database', 'ssl'];

/**
 * Connects a node-postgres client. PostgreSQL ends its session if the network connection dies. Of several hosts, it
 * connects to the first that is a primary.
 *
 * @param configuration the database.
 * @param applicationName the `application_name` in `pg_stat_activity`.
 * @param extra further options of node-postgres, such as `replication`.
 * @param settings further settings of the session. They are left out if startup options are refused.
 * @throws `DatabaseRefusedError` if PostgreSQL refuses, `DatabaseLostError` if it cannot be reached.
 */
export async function connectClient(
  configuration: DatabaseConfiguration,
  applicationName: string,
  extra: ClientConfig = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const hosts = singleHosts(configuration);
  const connect = (host: DatabaseConfiguration, stop?: AbortSignal) =>
    connectTo(host, applicationName, extra, settings, stop);
  if (hosts.length === 1) return connect(configuration);
  return firstPrimary(configuration, hosts, async (host, stop) => {
    const client = await connect(host, stop);
    await endUnless(isPrimary(client), client, stop);
    return client;
  });
}

/** Ends a connection if a check of its server fails, or the signal aborts during the check. */
async function endUnless(check: Promise<unknown>, client: Client, stop: AbortSignal): Promise<void> {
  const end = () => client.connection.stream.destroy();
  const giveUp = setTimeout(end, connectTimeout);
  stop.addEventListener('abort', end, { once: true });
  try {
    await check;
    stop.throwIfAborted();
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(giveUp);
    stop.removeEventListener('abort', end);
  }
}

/** A component writes or LISTENs, which a standby does not allow. */
async function isPrimary(client: Client): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_catalog.pg_is_in_recovery() AS standby');
  if (rows[0]?.standby !== false) throw new Error('it is a standby');
}

async function connectTo(
  configuration: DatabaseConfiguration,
  applicationName: string,
  extra: ClientConfig,
  settings: Readonly<Record<string, string>>,
  stop?: AbortSignal,
): Promise<Client> {
  const connect = (...options: [line: string, settings: string]) =>
    connected(configuration, applicationName, extra, options, stop);
  try {
    // A pooler may not accept startup options, and has its own connection to PostgreSQL. Some systems do not support
    // these settings.
    return await connect(lineOptions(configuration.heartbeat), sessionOptions(settings)).catch((error: unknown) => {
      if (isOptionRefused(error) && !stop?.aborted) return connect('', '');
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
  [line, settings]: readonly [line: string, settings: string],
  stop?: AbortSignal,
): Promise<Client> {
  const ssl = tlsOptions(configuration.ssl);
  const client = new (pg().Client)({
    ...('uri' in configuration
      ? { connectionString: ssl ? withoutTls(configuration.uri) : withVerifiedTls(configuration.uri) }
      : fields(configuration)),
    ...(ssl !== undefined && { ssl }),
    // PostgreSQL truncates application_name to 63 bytes.
    application_name: applicationName.slice(0, 63),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeout,
    ...extra,
  });
  const { connectionParameters } = client;
  // Options in a URI and in PGOPTIONS would replace ours. If a setting occurs twice, the last one applies.
  connectionParameters.options = [line, connectionParameters.options, options, settings].filter(Boolean).join(' ');
  // Without a listener, the loss of a connection would end the process. The users of the client also listen.
  client.on('error', () => undefined);
  const end = () => client.connection.stream.destroy();
  stop?.addEventListener('abort', end, { once: true });
  try {
    await client.connect();
    stop?.throwIfAborted();
    return client;
  } catch (error) {
    end();
    throw error;
  } finally {
    stop?.removeEventListener('abort', end);
  }
}

/**
 * PgBouncer reports 08P01, other poolers 0A000. PostgreSQL itself reports an unknown setting (42704), or a setting that
 * this system does not support (22023).
 */
function isOptionRefused(error: unknown): boolean {
  return isServerError(error) && /^(08P01|0A000|22023|42704)$/.test(error.code ?? '');
}

function fields(configuration: Exclude<DatabaseConfiguration, { uri: string }>): ClientConfig {
  const { host, port, database, user, password } = configuration;
  return { host, port, database, user, ...(password !== undefined && { password }) };
}

/**
 * Converts `extra.database.ssl` to TLS options of Node.js. Undefined uses the parameters of the URI, false disables
 * TLS.
 *
 * @throws `ConfigurationError` if a PEM file cannot be read, or OpenSSL does not accept its content.
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
