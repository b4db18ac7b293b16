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
import { Connections } from './clients/connections.ts';
import { type GatewayConfiguration, type GatewayOptions, parseGatewayConfiguration } from './configuration.ts';
import type { Feed, Pages, Receiver } from './context.ts';
import { DatabaseServices } from './database-services.ts';
import { NotifyFeed } from './feeds/notify-feed.ts';
import { gatewayMetrics } from './metrics.ts';
import type { GatewayServer } from './server/gateway-server.ts';
import type { GatewayStatus } from './status.ts';

/**
 * The longest pause in milliseconds between two attempts to connect, so that the gateway reconnects within a second
 * after PostgreSQL is back.
 */
const longestPause = 500;

/** The minimum time limit in milliseconds of a handover step, also if the gateway is stopped without draining. */
const leastPatience = 2500;

/** The environment of a Gateway besides its configuration. */
export interface GatewayEnvironment extends ComponentEnvironment {
  /** Pages that replace those of `extra.page`. */
  readonly pages?: Pages;
  /** The receiver of text frames of clients. */
  readonly receiver?: Receiver;
}

/**
 * Sends NOTIFY messages of PostgreSQL to WebSockets and as server-sent events.
 *
 * @example
 * ```ts
 * import { Gateway } from '@pgwamp/gateway';
 *
 * const gateway = new Gateway({
 *   extra: {
 *     database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' },
 *     endpoint: { type: 'tcp', port: 7700 },
 *   },
 * });
 * await gateway.start();
 * process.once('SIGTERM', () => gateway.stop());
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
   * @throws `ConfigurationError` naming all mistakes in the options.
   */
  constructor(options: GatewayOptions, environment: GatewayEnvironment = {}) {
    const configuration = parseGatewayConfiguration(options);
    const { extra } = configuration;
    super({ name: 'gateway', labels: { database: databaseLabel(extra.database) } }, configuration, extra, environment);
    this.#environment = environment;
    this.#hub = new Hub((channel) => this.#services.feedOf(channel) ?? this.#feed, extra.history);
    this.#feed = new NotifyFeed(this.#subscriptions, this.#hub);
    const database = () => this.#database.current;
    this.#services = new DatabaseServices(extra, this.log, this.waits, this.#hub, database);
    const { log } = this.#services;
    this.#log = log && this.part('log', (until) => log.open(until), { longestPause });
    const patience = Math.max(leastPatience, Math.ceil(extra.drain / 2));
    this.#handover = new Handover({ hub: this.#hub, subscriptions: this.#subscriptions, patience, database });
    this.expose(gatewayMetrics(() => this.status()));
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * @example
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
    await this.#services.checkFunctions();
    try {
      const enter = async () => {
        await this.#handover.enter(connection);
        ready();
      };
      // It fails only if the connection is lost, which also ends serve().
      await this.#subscriptions.serve(connection, until, () => void enter().catch(() => undefined));
    } finally {
      if (!until.aborted) this.#subscriptions.interrupt(connection.lost.reason ?? 'the connection was lost');
    }
  }

  async #openServer(): Promise<GatewayServer> {
    const { openServer } = await import('./open-server.ts');
    const connections = new Connections();
    this.#connections = connections;
    const [hub, handover, counts, log] = [this.#hub, this.#handover, this.#counts, this.log];
    const { access, receiver } = this.#services;
    const health = () => ({ ok: this.#database.isReady, state: this.life.state });
    const parts = { extra: this.configuration.extra, hub, handover, counts, log, access, connections, health };
    return openServer({ ...parts, receiver: this.#environment.receiver ?? receiver, pages: this.#environment.pages });
  }
}
