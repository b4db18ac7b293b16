import {
  type ComponentEnvironment,
  type ComponentGauges,
  type ComponentStatus,
  type Life,
  type Logger,
  WampComponent,
} from '@pgwamp/core/internal/component';
import type { Delivery } from '@pgwamp/core/internal/postgres';
import { type PublisherConfiguration, type PublisherOptions, parsePublisherConfiguration } from './configuration.ts';
import { initialState } from './context.ts';
import { publisherMetrics } from './metrics.ts';
import { serve } from './serve.ts';

/** What a Publisher tells of itself. */
export interface PublisherStatus extends ComponentStatus {
  /** The delivery in use, while it runs. */
  readonly delivery: Delivery | undefined;
  /** Server process and slot, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number; readonly slot: string | undefined } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Publications that the router has, since this Publisher was made; repeats count. */
  readonly published: number;
  /** Publications that the router refused. */
  readonly refused: number;
  /** Publications that were dropped, by delivery `notify` alone. */
  readonly dropped: number;
  /** Publications that wait for the router's answer. */
  readonly inFlight: number;
  /** What PostgreSQL still holds: bytes of WAL by delivery `wal`, rows by `outbox`, 100,000 at most; as of the last second. */
  readonly lag: { readonly bytes: number; readonly rows: number };
}

/**
 * Publishes as WAMP events what SQL publishes with `crossbar.publish`.
 *
 * ```ts
 * const publisher = new Publisher({ realm: 'realm1', transport: {…}, extra: { database: {…} } });
 * await publisher.start();
 * ```
 */
export class Publisher extends WampComponent<PublisherConfiguration, PublisherStatus> {
  readonly #state = initialState();

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: PublisherOptions, environment: ComponentEnvironment = {}) {
    super('publisher', parsePublisherConfiguration(options), environment);
  }

  /** How it is. */
  status(): PublisherStatus {
    const { counts, dropped, lag, delivery, database, session, inFlight } = this.#state;
    return {
      ...this.life,
      delivery,
      database,
      session,
      published: counts.accepted,
      refused: counts.refused,
      dropped,
      inFlight: inFlight(),
      lag,
    };
  }

  protected serve(life: Life, log: Logger): Promise<void> {
    return serve(this.configuration, this.#state, life, log);
  }

  protected metrics(): ComponentGauges {
    return publisherMetrics(() => this.status());
  }
}
