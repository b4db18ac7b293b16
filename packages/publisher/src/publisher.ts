import { Component, type ComponentState, defaultLogger, type Logger, type Metrics } from '@pgwamp/core/component';
import type { Counts, Delivery } from '@pgwamp/core/events';
import { type PublisherConfiguration, type PublisherOptions, parsePublisherConfiguration } from './configuration.ts';
import { Culprits } from './culprits.ts';
import { registerMetrics } from './metrics.ts';
import { type Progress, serve } from './serve.ts';

/** What a Publisher may be given besides its configuration. */
export interface PublisherEnvironment {
  /** Where it logs; JSON lines on standard error if left out. */
  readonly log?: Logger;
  /** Where it registers its metrics; nowhere if left out. */
  readonly metrics?: Metrics;
}

/** What a Publisher tells of itself. */
export interface PublisherStatus {
  readonly state: ComponentState;
  /** Why it is not running: the last loss, until it runs again. */
  readonly error: Error | undefined;
  /** How often it has had to connect again. */
  readonly reconnects: number;
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
export class Publisher implements AsyncDisposable {
  /** The configuration, checked and frozen. */
  readonly configuration: PublisherConfiguration;
  readonly #component: Component;
  readonly #progress: Progress = {
    counts: { published: 0, refused: 0 },
    dropped: 0,
    suspects: new Set(),
    culprits: new Culprits(),
    lag: { bytes: 0, rows: 0 },
    delivery: undefined,
    database: undefined,
    session: undefined,
    inFlight: () => 0,
  };
  readonly #unregister: () => void;

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: PublisherOptions, { log = defaultLogger(), metrics }: PublisherEnvironment = {}) {
    this.configuration = parsePublisherConfiguration(options);
    const { realm } = this.configuration;
    const ownLog = log.child({ component: 'publisher', realm });
    this.#component = new Component((life) => serve(this.configuration, this.#progress, life, ownLog), ownLog);
    this.#unregister = metrics ? registerMetrics(metrics, realm, () => this.status()) : () => undefined;
  }

  /**
   * Resolves when everything works: installed, connected, joined; or when it stands by for a Publisher that serves already. While
   * PostgreSQL or the router cannot be reached it keeps trying.
   *
   * @throws an error that trying again cannot mend, such as `SchemaMissingError`; `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    return this.#component.start();
  }

  /** Waits for what is on its way, confirms it to PostgreSQL, and closes everything. */
  async stop(): Promise<void> {
    await this.#component.stop();
  }

  /** How it is. */
  status(): PublisherStatus {
    const { counts, dropped, lag, delivery, database, session, inFlight } = this.#progress;
    return {
      ...this.#component.status,
      delivery,
      database,
      session,
      ...(counts satisfies Counts),
      dropped,
      inFlight: inFlight(),
      lag,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#unregister();
  }
}
