import {
  type ComponentEnvironment,
  type ComponentGauges,
  type ComponentStatus,
  type Life,
  type Logger,
  WampComponent,
} from '@pgwamp/core/internal/component';
import { type CallerConfiguration, type CallerOptions, parseCallerConfiguration } from './configuration.ts';
import { callerMetrics } from './metrics.ts';
import { beginning, type Progress, serve } from './serve.ts';

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
    /** Handlers that failed for good. */
    readonly failedHandlers: number;
    /** Calls that are under way, until their handlers have ended; not those that wait for another try. */
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
export class Caller extends WampComponent<CallerConfiguration, CallerStatus> {
  readonly #progress: Progress = beginning();

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: CallerOptions, environment: ComponentEnvironment = {}) {
    super('caller', parseCallerConfiguration(options), environment);
  }

  /** How it is. */
  status(): CallerStatus {
    const { calls, asyncCounts, serving } = this.#progress;
    return {
      ...this.life,
      database: serving && { processId: serving.connection.processId },
      session: serving && { id: serving.session.id },
      link: serving && { ...serving.link.address, connections: serving.link.link.connections },
      ...calls.counts,
      inFlight: calls.inFlight,
      async: { ...asyncCounts, inFlight: serving?.asyncCalls.inFlight ?? 0 },
    };
  }

  protected serve(life: Life, log: Logger): Promise<void> {
    return serve(this.configuration, this.#progress, life, log);
  }

  protected metrics(): ComponentGauges {
    return callerMetrics(() => this.status());
  }
}
