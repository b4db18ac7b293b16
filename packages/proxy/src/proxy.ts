import { databaseLabel } from '@pgwamp/config';
import { Component, type ComponentEnvironment, type Part, type RunContext } from '@pgwamp/core/internal/component';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { type ProxyConfiguration, type ProxyOptions, parseProxyConfiguration } from './configuration.ts';
import { initialState } from './context.ts';
import { least } from './cursors/positions.ts';
import { proxyMetrics, sinkMetrics } from './metrics.ts';
import type { OpenSink } from './sinks/sink.ts';
import { openSink } from './sinks/sink-options.ts';
import type { ProxyStatus, SinkStatus } from './status.ts';

/**
 * Sends NOTIFY messages, row changes and publications of `crossbar.publish` to message brokers and webhooks.
 *
 * @example
 * ```ts
 * import { Proxy } from '@pgwamp/proxy';
 *
 * const proxy = new Proxy({
 *   extra: {
 *     database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/shop' },
 *     sources: { changes: { kind: 'wal', tables: ['public.orders'] } },
 *     sinks: { broker: { kind: 'mqtt', uri: 'mqtt://127.0.0.1' } },
 *     routes: [{ from: 'changes', to: 'broker', destination: 'shop/{table}/{action}' }],
 *   },
 * });
 * await proxy.start();
 * process.once('SIGTERM', () => proxy.stop());
 * ```
 */
export class Proxy extends Component<ProxyConfiguration, ProxyStatus> {
  readonly #state;
  readonly #database: Part<Connection>;
  readonly #brokers: ReadonlyMap<string, Part<OpenSink>>;
  readonly #applicationName = `pgwamp proxy ${this.configuration.extra.name}`;

  /**
   * @param options the configuration; strings like `$PGPASSWORD` are read from the environment.
   * @throws `ConfigurationError` naming all mistakes in the options.
   */
  constructor(options: ProxyOptions, environment: ComponentEnvironment = {}) {
    const configuration = parseProxyConfiguration(options);
    const { database, name, sinks } = configuration.extra;
    super(
      { name: 'proxy', labels: { database: databaseLabel(database), proxy: name } },
      configuration,
      configuration.extra,
      environment,
    );
    const state = initialState(Object.keys(sinks));
    this.#state = state;
    const open = async () => {
      const { Connection } = await import('@pgwamp/core/internal/postgres');
      return Connection.open(database, this.#applicationName);
    };
    this.#database = this.part('database', open, {
      work: () => [...state.sinks.values()].reduce((sum, { counts }) => sum + counts.accepted, 0),
    });
    this.#brokers = new Map(
      Object.entries(sinks).map(([sink, its]) => [
        sink,
        this.part(`broker ${sink}`, () => openSink(its, { name: sink, log: this.log.child({ sink }) }), {
          work: () => state.sinks.get(sink)?.counts.accepted ?? 0,
        }),
      ]),
    );
    this.expose(proxyMetrics(() => this.status()));
    for (const [sink, own] of state.sinks) {
      this.expose(
        sinkMetrics(
          () => this.#statusOf(sink),
          own,
          () => this.#lagOf(sink),
        ),
        { sink },
      );
    }
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * @example
   * ```ts
   * const { state, sinks } = proxy.status();
   * console.log(state, sinks.broker?.confirmed);
   * ```
   */
  status(): ProxyStatus {
    const { sinks, paused, lag, gaps, slot } = this.#state;
    const connection = this.#database.current;
    return {
      ...this.life,
      database: connection && { processId: connection.processId, slot },
      paused,
      lag,
      gaps,
      sinks: Object.fromEntries([...sinks.keys()].map((sink) => [sink, this.#statusOf(sink)])),
    };
  }

  protected async run(run: RunContext): Promise<void> {
    const { serve } = await import('./serve.ts');
    const { configuration, log, waits } = this;
    const parts = { database: this.#database, brokers: this.#brokers };
    const applicationName = this.#applicationName;
    return serve(parts, { configuration, log, waits, state: this.#state, applicationName }, run);
  }

  #statusOf(name: string): SinkStatus {
    const sink = this.#state.sinks.get(name);
    if (!sink) throw new Error(`unknown sink ${name}`);
    const { counts, refused, parked, discarded, dropped, retried, pumps, unanswered, lastConfirmedAt, downSince } =
      sink;
    return {
      connected: this.#brokers.get(name)?.current !== undefined,
      downSince,
      behind: this.#state.behind().includes(name),
      confirmed: counts.accepted,
      ...{ refused, parked, discarded, dropped, retried },
      repeated: unanswered.repeated,
      inFlight: pumps.reduce((sum, { inFlight }) => sum + inFlight, 0),
      lastConfirmedAt: lastConfirmedAt === undefined ? undefined : new Date(lastConfirmedAt),
    };
  }

  /** As of the last second. The position of the slot is that of the slowest sink. */
  #lagOf(name: string): number {
    const { lag, positions } = this.#state;
    const slowest = least(positions.values());
    return Math.max(0, lag.bytes - Number((positions.get(name) ?? slowest) - slowest));
  }
}
