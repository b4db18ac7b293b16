import { Component, type ComponentStatus, defaultLogger, type Logger, type Metrics } from '@pgwamp/core/component';
import { parseSubscriberConfiguration, type SubscriberConfiguration, type SubscriberOptions } from './configuration.ts';
import { registerMetrics } from './metrics.ts';
import { type Progress, serve } from './serve.ts';
import type { SubscriptionCounts } from './subscriptions.ts';

/** What a Subscriber may be given besides its configuration. */
export interface SubscriberEnvironment {
  /** Where it logs; JSON lines on standard error if left out. */
  readonly log?: Logger;
  /** Where it registers its metrics; nowhere if left out. */
  readonly metrics?: Metrics;
}

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
export class Subscriber implements AsyncDisposable {
  /** The configuration, checked and frozen. */
  readonly configuration: SubscriberConfiguration;
  readonly #component: Component;
  readonly #progress: Progress = { counts: { events: 0, failed: 0, dropped: 0 }, serving: undefined };
  readonly #unregister: () => void;

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: SubscriberOptions, { log = defaultLogger(), metrics }: SubscriberEnvironment = {}) {
    this.configuration = parseSubscriberConfiguration(options);
    const { realm } = this.configuration;
    const ownLog = log.child({ component: 'subscriber', realm });
    this.#component = new Component((life) => serve(this.configuration, this.#progress, life, ownLog), ownLog);
    this.#unregister = metrics ? registerMetrics(metrics, realm, () => this.status()) : () => undefined;
  }

  /**
   * Resolves when everything works: installed, connected, joined, subscribed. While PostgreSQL or the router cannot be reached it
   * keeps trying.
   *
   * @throws an error that trying again cannot mend, such as `SchemaMissingError`; `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    return this.#component.start();
  }

  /** Leaves the session, handles what has come, for no longer than `extra.drain`, and closes everything. */
  async stop(): Promise<void> {
    await this.#component.stop();
  }

  /** How it is. */
  status(): SubscriberStatus {
    const { counts, serving } = this.#progress;
    const desk = serving?.desks.desk;
    const { size, busy } = desk?.executor.stats ?? { size: 0, busy: 0 };
    return {
      ...this.#component.status,
      database: desk && { processId: desk.processId },
      session: serving?.session,
      subscriptions: serving?.subscriptions.counts ?? { subscribed: 0, refused: 0, unusable: 0 },
      ...counts,
      waiting: serving?.queue.size ?? 0,
      pool: { size, busy },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#unregister();
  }
}
