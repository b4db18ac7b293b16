import { Component, type ComponentEnvironment, type RunContext, wampIdentity } from '@pgwamp/core/internal/component';
import { openSession, type PublishingSession } from '@pgwamp/core/internal/wamp';
import { type PublisherConfiguration, type PublisherOptions, parsePublisherConfiguration } from './configuration.ts';
import { initialState } from './context.ts';
import { publisherMetrics } from './metrics.ts';
import type { AcknowledgedPublication } from './publication-receipts.ts';
import type { PublisherStatus } from './status.ts';

/**
 * Publishes the publications of `crossbar.publish` as WAMP events.
 *
 * @example
 * ```ts
 * import { Publisher } from '@pgwamp/publisher';
 *
 * const publisher = new Publisher({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' } },
 * });
 * await publisher.start();
 * process.once('SIGTERM', () => publisher.stop());
 * ```
 */
export class Publisher extends Component<PublisherConfiguration, PublisherStatus> {
  readonly #state = initialState();
  readonly #applicationName = `pgwamp publisher ${this.configuration.realm}`;
  readonly #database = this.part(
    'database',
    async () => {
      const { Connection } = await import('@pgwamp/core/internal/postgres');
      return Connection.open(this.configuration.extra.database, this.#applicationName);
    },
    { work: () => this.#state.counts.accepted + this.#state.counts.refused },
  );
  readonly #session = this.part<PublishingSession>('session', () =>
    openSession({ ...this.configuration, onError: this.#report }),
  );

  /**
   * @param options the configuration. Strings like `$PGPASSWORD` are read from the environment.
   * @throws `ConfigurationError` naming each mistake in the options.
   */
  constructor(options: PublisherOptions, environment: ComponentEnvironment = {}) {
    const configuration = parsePublisherConfiguration(options);
    super(wampIdentity('publisher', configuration), configuration, configuration.extra, environment);
    this.expose(publisherMetrics(() => this.status()));
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * @example
   * ```ts
   * const { state, published, lag } = publisher.status();
   * ```
   */
  status(): PublisherStatus {
    const { counts, dropped, lag, delivering } = this.#state;
    const [connection, session] = [this.#database.current, this.#session.current];
    return {
      ...this.life,
      delivery: delivering?.delivery,
      database: connection && { processId: connection.processId, slot: delivering?.slot },
      session: session && { id: session.id },
      published: counts.accepted,
      refused: counts.refused,
      dropped,
      inFlight: delivering?.pump?.inFlight ?? 0,
      lag,
    };
  }

  /**
   * Finds one of the last 10,000 publications that the router has acknowledged.
   *
   * @example
   * ```ts
   * const found = publisher.findPublication('0/16B3748');
   * console.log(found?.publication);
   * ```
   *
   * @param key the position in the log, the number that `crossbar.publish` returned with delivery `outbox`, or the
   *   router's publication id.
   */
  findPublication(key: string): AcknowledgedPublication | undefined {
    return this.#state.recent.find(key);
  }

  protected async run(run: RunContext): Promise<void> {
    const { serve } = await import('./serve.ts');
    const { configuration, log, waits } = this;
    const parts = { database: this.#database, session: this.#session };
    const applicationName = this.#applicationName;
    return serve(parts, { configuration, log, waits, state: this.#state, applicationName }, run);
  }

  readonly #report = (error: unknown, message: string): void => this.log.error({ err: error }, message);
}
