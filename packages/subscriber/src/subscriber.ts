import {
  type ComponentEnvironment,
  type ComponentGauges,
  type ComponentStatus,
  type Life,
  type Logger,
  WampComponent,
} from '@pgwamp/core/internal/component';
import { parseSubscriberConfiguration, type SubscriberConfiguration, type SubscriberOptions } from './configuration.ts';
import { subscriberMetrics } from './metrics.ts';
import { type Progress, serve } from './serve.ts';
import type { SubscriptionCounts } from './subscriptions.ts';

/** What a Subscriber tells of itself. */
export interface SubscriberStatus extends ComponentStatus {
  /** Server process of the control connection, while PostgreSQL is there. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Subscriptions of that session. */
  readonly subscriptions: SubscriptionCounts;
  /** Events that were handled, since this Subscriber was made; an event counts once for each of its handlers. */
  readonly events: number;
  /** Events whose handler failed for good: they are in `crossbar.failed_event`. */
  readonly failed: number;
  /** Events that were not handled: there was no room, or they were left over when their subscription or the Subscriber ended. */
  readonly dropped: number;
  /** Events that wait for their handler. */
  readonly waiting: number;
  /** Connections that handle events: how many there are, and how many are busy. */
  readonly pool: { readonly size: number; readonly busy: number };
}

/**
 * Has the functions that SQL has subscribed with `crossbar.subscribe` handle WAMP events.
 *
 * ```ts
 * const subscriber = new Subscriber({ realm: 'realm1', transport: {…}, extra: { database: {…} } });
 * await subscriber.start();
 * ```
 */
export class Subscriber extends WampComponent<SubscriberConfiguration, SubscriberStatus> {
  readonly #progress: Progress = { counts: { events: 0, failed: 0, dropped: 0 }, serving: undefined };

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: SubscriberOptions, environment: ComponentEnvironment = {}) {
    super('subscriber', parseSubscriberConfiguration(options), environment);
  }

  /** How it is. */
  status(): SubscriberStatus {
    const { counts, serving } = this.#progress;
    const host = serving?.hosts.host;
    const { size, busy } = host?.executor.stats ?? { size: 0, busy: 0 };
    return {
      ...this.life,
      database: host && { processId: host.processId },
      session: serving?.session,
      subscriptions: serving?.subscriptions.counts ?? { subscribed: 0, refused: 0, unusable: 0 },
      ...counts,
      waiting: serving?.queue.size ?? 0,
      pool: { size, busy },
    };
  }

  protected serve(life: Life, log: Logger): Promise<void> {
    return serve(this.configuration, this.#progress, life, log);
  }

  protected metrics(): ComponentGauges {
    return subscriberMetrics(() => this.status());
  }
}
