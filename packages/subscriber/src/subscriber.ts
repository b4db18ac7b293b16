import { Component, type ComponentEnvironment, type RunContext, wampIdentity } from '@pgwamp/core/internal/component';
import type { FunctionHost } from '@pgwamp/core/internal/functions';
import { type EndpointSession, openSession } from '@pgwamp/core/internal/wamp';
import { parseSubscriberConfiguration, type SubscriberConfiguration, type SubscriberOptions } from './configuration.ts';
import type { SubscriberContext } from './context.ts';
import type { EventCounts } from './handling.ts';
import { subscriberMetrics } from './metrics.ts';
import type { SubscriberStatus } from './status.ts';

/**
 * Handles WAMP events with the functions that were subscribed with `crossbar.subscribe`.
 *
 * @example
 * ```ts
 * import { Subscriber } from '@pgwamp/subscriber';
 *
 * const subscriber = new Subscriber({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' } },
 * });
 * await subscriber.start();
 * process.once('SIGTERM', () => subscriber.stop());
 * ```
 */
export class Subscriber extends Component<SubscriberConfiguration, SubscriberStatus> {
  readonly #counts: EventCounts = { events: 0, failed: 0, dropped: 0 };
  readonly #work = { work: () => this.#counts.events + this.#counts.failed };
  readonly #database = this.part('database', (until) => this.#openHost(until), this.#work);
  readonly #session = this.part<EndpointSession>('session', () => this.#join(), this.#work);
  /** The context of the current run. */
  #context: SubscriberContext | undefined;

  /**
   * @param options the configuration. Strings like `$PGPASSWORD` are read from the environment.
   * @throws `ConfigurationError` naming each mistake in the options.
   */
  constructor(options: SubscriberOptions, environment: ComponentEnvironment = {}) {
    const configuration = parseSubscriberConfiguration(options);
    super(wampIdentity('subscriber', configuration), configuration, configuration.extra, environment);
    this.expose(subscriberMetrics(() => this.status()));
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * @example
   * ```ts
   * const { state, events, waiting, failed } = subscriber.status();
   * ```
   */
  status(): SubscriberStatus {
    const [context, host, session] = [this.#context, this.#database.current, this.#session.current];
    const { size, busy } = host?.executor.stats ?? { size: 0, busy: 0 };
    return {
      ...this.life,
      database: host && { processId: host.processId },
      session: session && { id: session.id },
      subscriptions: context?.subscriptions.counts ?? { subscribed: 0, refused: 0, unusable: 0 },
      ...this.#counts,
      waiting: context?.queue.size ?? 0,
      get backlogs() {
        return context?.subscriptions.backlogs ?? [];
      },
      pool: { size, busy },
    };
  }

  protected async run(run: RunContext): Promise<void> {
    const { newContext, serve } = await import('./serve.ts');
    const parts = { database: this.#database, session: this.#session };
    this.#context = newContext(parts, this.configuration, this.#counts, this.log);
    try {
      await serve(this.#context, run);
    } finally {
      this.#context = undefined;
    }
  }

  async #openHost(until: AbortSignal): Promise<FunctionHost> {
    const { FunctionHost } = await import('@pgwamp/core/internal/functions');
    const { realm, extra } = this.configuration;
    const options = {
      // Events wait in the subscription queues, so the pool needs no queue of its own.
      configuration: { ...extra, pool: { ...extra.pool, queue: extra.pool.size } },
      applicationName: `pgwamp subscriber ${realm}`,
      kind: 'subscription',
      realm,
      log: this.log,
      waits: this.waits,
    } as const;
    return FunctionHost.open(options, until);
  }

  #join(): Promise<EndpointSession> {
    const onError = (error: unknown, message: string) => this.log.error({ err: error }, message);
    return openSession({ ...this.configuration, onError });
  }
}
