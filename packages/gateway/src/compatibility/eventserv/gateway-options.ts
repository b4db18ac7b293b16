import { ConfigurationError, type Environment, serverTlsOptions } from '@pgwamp/config';
import type { GatewayOptions } from '../../configuration.ts';
import { databaseOf } from '../connection-string.ts';
import type { EventservCommandLine } from './command-line.ts';
import { readEventservFile } from './configuration-file.ts';
import { type EventservSettings, type ReadSettings, readSettings } from './settings.ts';

/** The configuration of pg_eventserv, converted for the Gateway. */
export interface EventservGateway {
  /** The configuration of a Gateway, and of a second one for https if there is a certificate. */
  readonly gateways: readonly GatewayOptions[];
  /** Whether debugging information is logged. */
  readonly debug: boolean;
  /** The file that was read; undefined if there is none. */
  readonly file: string | undefined;
  /** Warnings about keys without an effect. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration of pg_eventserv: its command line, its TOML file, variables `ES_…` and `DATABASE_URL`.
 *
 * @example
 * ```ts
 * import { eventservGateway, Gateway, parseEventservCommandLine } from '@pgwamp/gateway';
 *
 * const { gateways } = eventservGateway(parseEventservCommandLine(process.argv.slice(2)));
 * for (const options of gateways) new Gateway(options);
 * ```
 *
 * @param environment the environment variables.
 * @throws `ConfigurationError` that names for each wrong value its key, its file or variable, and what is expected.
 */
export function eventservGateway(
  { config, debug }: Pick<EventservCommandLine, 'config' | 'debug'>,
  environment: Environment = process.env,
): EventservGateway {
  const file = readEventservFile(config);
  const { settings, placeOf, warnings } = readSettings(file, environment);
  const common = {
    database: databaseIn(settings, placeOf, environment),
    base_path: `/${settings.BasePath.replace(/^\/+/, '')}`,
    path: '/listen/{channel}',
    url_base: settings.UrlBase,
    page: 'viewer',
    channels: settings.Channels,
    cors_origins: settings.CORSOrigins,
  } as const;
  const listen = (port: number, tls?: { key: string; certificate: string }): GatewayOptions => ({
    extra: { ...common, endpoint: { type: 'tcp', interface: settings.HttpHost, port, ...(tls && { tls }) } },
  });
  const { TlsServerPrivateKeyFile: key, TlsServerCertificateFile: certificate } = settings;
  const hasBoth = key !== '' && certificate !== '';
  if (hasBoth) checkTls({ key, certificate }, placeOf);
  return {
    gateways: [listen(settings.HttpPort), ...(hasBoth ? [listen(settings.HttpsPort, { key, certificate })] : [])],
    debug: debug || settings.Debug,
    file: file.path,
    warnings: hasBoth || key === certificate ? warnings : [...warnings, halfTls(settings)],
  };
}

function databaseIn({ DbConnection }: EventservSettings, placeOf: ReadSettings['placeOf'], environment: Environment) {
  try {
    return databaseOf(DbConnection, environment);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const issue = { keys: [placeOf(['DbConnection'])], message: `expected ${error.message}` };
    throw new ConfigurationError([issue], { cause: error });
  }
}

/** Reads the files now, so that an error names the key of pg_eventserv. */
function checkTls(tls: { key: string; certificate: string }, placeOf: ReadSettings['placeOf']): void {
  try {
    serverTlsOptions(tls, []);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const issues = error.issues.map(({ keys: [key], message }) => {
      const name = key === 'key' ? 'TlsServerPrivateKeyFile' : 'TlsServerCertificateFile';
      return { keys: [placeOf([name])], message };
    });
    throw new ConfigurationError(issues, { cause: error });
  }
}

/** As in pg_eventserv, there is no TLS then; but pg_eventserv does not warn. */
function halfTls({ TlsServerCertificateFile }: EventservSettings): string {
  const [given, absent] =
    TlsServerCertificateFile === ''
      ? ['TlsServerPrivateKeyFile', 'TlsServerCertificateFile']
      : ['TlsServerCertificateFile', 'TlsServerPrivateKeyFile'];
  return `${given} is given without ${absent}: no https`;
}
