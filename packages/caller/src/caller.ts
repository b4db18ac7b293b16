import { Component, type ComponentStatus, defaultLogger, type Logger, type Metrics } from '@pgwamp/core/component';
import { type CallerConfiguration, type CallerOptions, parseCallerConfiguration } from './configuration.ts';
import { registerMetrics } from './metrics.ts';
import { beginning, type Progress, serve } from './serve.ts';

/** What a Caller may be given besides its configuration. */
export interface CallerEnvironment {
  /** Where it logs; JSON lines on standard error if left out. */
  readonly log?: Logger;
  /** Where it registers its metrics; nowhere if left out. */
  readonly metrics?: Metrics;
}

/** What a Caller tells of itself. */
export interface CallerStatus extends ComponentStatus {
  /** Server process of the control connection, while PostgreSQL is there. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Where it listens, and how many backends are connected, while it serves. */
  readonly link: { readonly host: string; readonly port: number; readonly connections: number } | undefined;
  /** Calls of `crossbar.call` and `crossbar.call_stream`, since this Caller was made. */
  readonly calls: number;
  /** Calls that ended with an error, were canceled or lost. */
  readonly failed: number;
  /** Calls that are not answered yet. */
  readonly inFlight: number;
  /** Calls of `crossbar.call_async`, since this Caller was made. */
  readonly async: {
    /** Tries. */
    readonly calls: number;
    /** Calls that failed for good. */
    readonly failed: number;
    /** Handlers that failed. */
    readonly failedHandlers: number;
    /** Calls that are under way, or wait for another try. */
    readonly inFlight: number;
  };
}

/**
 * Lets SQL call any WAMP procedure, with `crossbar.call`.
 *
 * ```ts
 * const caller = new Caller({ realm: 'realm1', transport: {…}, extra: { database: {…} } });
 * await caller.start();
 * ```
 */
export class Caller implements AsyncDisposable {
  /** The configuration, checked and frozen. */
  readonly configuration: CallerConfiguration;
  readonly #component: Component;
  readonly #progress: Progress = beginning();
  readonly #unregister: () => void;

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: CallerOptions, { log = defaultLogger(), metrics }: CallerEnvironment = {}) {
    this.configuration = parseCallerConfiguration(options);
    const { realm } = this.configuration;
    const ownLog = log.child({ component: 'caller', realm });
    this.#component = new Component((life) => serve(this.configuration, this.#progress, life, ownLog), ownLog);
    this.#unregister = metrics ? registerMetrics(metrics, realm, () => this.status()) : () => undefined;
  }

  /**
   * Resolves when everything works: installed, connected, joined, listening and advertised. While PostgreSQL or the router cannot be
   * reached it keeps trying.
   *
   * @throws an error that trying again cannot mend, such as `SchemaMissingError`; `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    return this.#component.start();
  }

  /** Takes no more calls, answers those that are in flight, and closes everything. */
  async stop(): Promise<void> {
    await this.#component.stop();
  }

  /** How it is. */
  status(): CallerStatus {
    const { calls, asyncCounts, serving } = this.#progress;
    return {
      ...this.#component.status,
      database: serving && { processId: serving.connection.processId },
      session: serving && { id: serving.session.id },
      link: serving && { ...serving.link.address, connections: serving.link.link.connections },
      ...calls.counts,
      inFlight: calls.inFlight,
      async: { ...asyncCounts, inFlight: serving?.asyncCalls.inFlight ?? 0 },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#unregister();
  }
}
