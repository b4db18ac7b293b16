import { databaseLabel } from '@pgwamp/config';
import {
  Component,
  type ComponentEnvironment,
  type OpenPart,
  type Part,
  type RunContext,
  stayOpen,
  type UseContext,
} from '@pgwamp/core/internal/component';
import { ChannelSubscriptions, Connection as DatabaseConnection, explained } from '@pgwamp/core/internal/postgres';
import { Handover } from './channels/handover.ts';
import { Hub } from './channels/hub.ts';
import { ClientFrames } from './clients/client-frames.ts';
import type { ConnectionTerms } from './clients/connection.ts';
import { Connections } from './clients/connections.ts';
import {
  type GatewayConfiguration,
  type GatewayExtra,
  type GatewayOptions,
  parseGatewayConfiguration,
} from './configuration.ts';
import type { Feed, Pages, Receiver } from './context.ts';
import { DatabaseServices } from './database-services.ts';
import { NotifyFeed } from './feeds/notify-feed.ts';
import { gatewayMetrics } from './metrics.ts';
import { createPages } from './pages/pages.ts';
import { Admission } from './server/admission.ts';
import { GatewayServer } from './server/gateway-server.ts';
import { RequestChecks } from './server/request-checks.ts';
import type { GatewayStatus } from './status.ts';

/** Milliseconds of the longest pause between two attempts to connect to PostgreSQL, so that the gateway is back within a second after it. */
const longestPause = 500;

/** What a Gateway may be given besides its configuration. */
export interface GatewayEnvironment extends ComponentEnvironment {
  /** Pages beside the channels, instead of the one that `extra.page` names. */
  readonly pages?: Pages;
  /** What takes the text frames of clients. */
  readonly receiver?: Receiver;
}

/**
 * Sends what PostgreSQL says with NOTIFY to WebSockets and as server-sent events.
 *
 * ```ts
 * import { Gateway } from '@pgwamp/gateway';
 *
 * await using gateway = new Gateway({
 *   extra: {
 *     database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' },
 *     endpoint: { type: 'tcp', port: 7700 },
 *   },
 * });
 * await gateway.start();
 * ```
 */
export class Gateway extends Component<GatewayConfiguration, GatewayStatus> {
  readonly #environment: GatewayEnvironment;
  readonly #subscriptions = new ChannelSubscriptions(this.log);
  readonly #hub: Hub;
  readonly #feed: Feed;
  readonly #services: DatabaseServices;
  readonly #log: Part<OpenPart> | undefined;
  readonly #handover: Handover;
  readonly #counts = { opened: 0, framesIn: 0, framesOut: 0, bytesOut: 0, slowCloses: 0, dropped: 0 };
  #connections: Connections | undefined;
  readonly #database = this.part(
    'database',
    () => DatabaseConnection.open(this.configuration.extra.database, 'pgwamp gateway'),
    { work: () => this.#hub.counts.messages, longestPause },
  );
  readonly #server = this.part('server', () => this.#openServer());

  /**
   * @param options the configuration; strings like `$PGPASSWORD` are read from the environment.
   * @throws `ConfigurationError` naming everything that is wrong with the options.
   */
  constructor(options: GatewayOptions, environment: GatewayEnvironment = {}) {
    const configuration = parseGatewayConfiguration(options);
    const { extra } = configuration;
    super({ name: 'gateway', labels: { database: databaseLabel(extra.database) } }, configuration, extra, environment);
    this.#environment = environment;
    this.#hub = new Hub((channel) => this.#services.feedOf(channel) ?? this.#feed, extra.history);
    this.#feed = new NotifyFeed(this.#subscriptions, this.#hub);
    this.#services = new DatabaseServices(extra, this.log, this.waits, this.#hub);
    const { log } = this.#services;
    this.#log = log && this.part('log', (until) => log.open(until), { longestPause });
    const database = () => this.#database.current;
    this.#handover = new Handover({ hub: this.#hub, subscriptions: this.#subscriptions, database });
    this.expose(gatewayMetrics(() => this.status()));
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * ```ts
   * const { state, clients, channels } = gateway.status();
   * ```
   */
  status(): GatewayStatus {
    const { messages, bytes, gaps, exactResumes, gapResumes } = this.#hub.counts;
    const { framesIn, framesOut, bytesOut, slowCloses, dropped } = this.#counts;
    const connection = this.#database.current;
    return {
      ...this.life,
      database: connection && { processId: connection.processId },
      server: this.#server.current?.address,
      log: this.#services.logStatus,
      tables: this.#services.tableStatus,
      clients: this.#connections?.size ?? 0,
      channels: this.#hub.channels.length,
      listenLatency: this.#hub.listenLatency,
      ...{ messagesIn: messages, bytesIn: bytes, messagesOut: framesOut, bytesOut, framesIn },
      ...{ slowCloses, dropped, gaps, exactResumes, gapResumes },
    };
  }

  protected async run({ stop, cut }: RunContext): Promise<void> {
    const services = this.#services;
    using _ = services.follow(this.#subscriptions);
    const destroy = () => services.destroy();
    cut.addEventListener('abort', destroy, { once: true });
    const serve = (failed: AbortSignal) => this.#server.keep(stayOpen, AbortSignal.any([stop, failed]));
    const serveLog = (failed: AbortSignal) =>
      this.#log?.keepWhile(stayOpen, (logFailed) => serve(AbortSignal.any([failed, logFailed]))) ?? serve(failed);
    try {
      await this.#database.keepWhile((connection, context) => this.#listen(connection, context), serveLog);
    } finally {
      cut.removeEventListener('abort', destroy);
      await services.close();
    }
  }

  async #listen(connection: DatabaseConnection, { until, ready }: UseContext): Promise<void> {
    await explained(this.configuration.extra.database, () => this.#services.prepare(connection, until));
    try {
      await this.#subscriptions.serve(connection, until, ready);
    } finally {
      if (!until.aborted) this.#subscriptions.interrupt(connection.lost.reason ?? 'the connection was lost');
    }
  }

  async #openServer(): Promise<GatewayServer> {
    const { extra } = this.configuration;
    const { log } = this;
    const { access } = this.#services;
    const connections = new Connections();
    this.#connections = connections;
    const admission = new Admission({
      ...{ hub: this.#hub, access, channels: extra.channels },
      maxChannels: extra.limits.max_channels_per_client,
      listenTimeout: extra.limits.listen_timeout,
    });
    const terms: ConnectionTerms = {
      ...{ hub: this.#hub, counts: this.#counts, connections, ping: extra.ping },
      maxBuffer: extra.limits.max_buffer,
      slowClient: extra.slow_client,
      onInterruption: extra.on_interruption,
      closeTimeout: extra.limits.close_timeout,
      maxFramesPerSecond: extra.limits.max_frames_per_second,
    };
    const { receiver = this.#services.receiver, pages = ownPages(extra, receiver !== undefined) } = this.#environment;
    const frames = new ClientFrames(admission, access, receiver, log);
    const checks = new RequestChecks(extra);
    const health = () => ({ ok: this.#database.isReady, state: this.life.state });
    const handover = this.#handover;
    const context = { extra, log, access, admission, checks, connections, handover, terms, pages, health };
    const server = await GatewayServer.open(context, (connection, text) => frames.take(connection, text));
    log.info('listening at %s', addressText(extra, server.address));
    return server;
  }
}

function ownPages(extra: GatewayExtra, receive: boolean): Pages | undefined {
  const { page, url_base: urlBase, base_path: basePath, channels } = extra;
  return page === 'none' ? undefined : createPages({ page, urlBase, basePath, channels, receive });
}

function addressText({ endpoint, base_path, path }: GatewayExtra, address: GatewayServer['address']): string {
  if (endpoint.type === 'unix') return endpoint.path;
  const { interface: host = '127.0.0.1', tls } = endpoint;
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${'port' in address ? address.port : endpoint.port}${base_path}${path}`;
}
