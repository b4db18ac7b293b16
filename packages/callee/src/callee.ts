import { Component, type ComponentStatus, defaultLogger, type Logger, type Metrics } from '@pgwamp/core/component';
import { Calls } from './calls.ts';
import { type CalleeConfiguration, type CalleeOptions, parseCalleeConfiguration } from './configuration.ts';
import { registerMetrics } from './metrics.ts';
import type { RegistrationCounts } from './registrations.ts';
import { type Progress, serve } from './serve.ts';

/** What a Callee may be given besides its configuration. */
export interface CalleeEnvironment {
  /** Where it logs; JSON lines on standard error if left out. */
  readonly log?: Logger;
  /** Where it registers its metrics; nowhere if left out. */
  readonly metrics?: Metrics;
}

/** What a Callee tells of itself. */
export interface CalleeStatus extends ComponentStatus {
  /** Server process of the control connection, while PostgreSQL is there. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Registrations of that session. */
  readonly registrations: RegistrationCounts;
  /** Calls since this Callee was made. */
  readonly calls: number;
  /** Calls that were answered with an error. */
  readonly failed: number;
  /** Calls that are not answered yet. */
  readonly inFlight: number;
  /** Connections that run functions: how many there are, how many are busy, and how many calls wait for one. */
  readonly pool: { readonly size: number; readonly busy: number; readonly waiting: number };
}

/**
 * Offers as WAMP procedures what SQL has registered with `crossbar.register`.
 *
 * ```ts
 * const callee = new Callee({ realm: 'realm1', transport: {…}, extra: { database: {…} } });
 * await callee.start();
 * ```
 */
export class Callee implements AsyncDisposable {
  /** The configuration, checked and frozen. */
  readonly configuration: CalleeConfiguration;
  readonly #component: Component;
  readonly #progress: Progress = { calls: new Calls(), registrations: undefined, session: undefined };
  readonly #unregister: () => void;

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: CalleeOptions, { log = defaultLogger(), metrics }: CalleeEnvironment = {}) {
    this.configuration = parseCalleeConfiguration(options);
    const { realm } = this.configuration;
    const ownLog = log.child({ component: 'callee', realm });
    this.#component = new Component((life) => serve(this.configuration, this.#progress, life, ownLog), ownLog);
    this.#unregister = metrics ? registerMetrics(metrics, realm, () => this.status()) : () => undefined;
  }

  /**
   * Resolves when everything works: installed, connected, joined, registered. While PostgreSQL or the router cannot be reached it
   * keeps trying.
   *
   * @throws an error that trying again cannot mend, such as `SchemaMissingError`; `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    return this.#component.start();
  }

  /** Withdraws the registrations, answers the calls that are in flight, and closes everything. */
  async stop(): Promise<void> {
    await this.#component.stop();
  }

  /** How it is. */
  status(): CalleeStatus {
    const { calls, registrations, session } = this.#progress;
    const { desk, counts, inFlight } = calls;
    return {
      ...this.#component.status,
      database: desk && { processId: desk.processId },
      session,
      registrations: registrations?.counts ?? { registered: 0, refused: 0, unusable: 0 },
      ...counts,
      inFlight,
      pool: desk?.executor.stats ?? { size: 0, busy: 0, waiting: 0 },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#unregister();
  }
}
