import {
  type ComponentEnvironment,
  type ComponentGauges,
  type ComponentStatus,
  type Life,
  type Logger,
  WampComponent,
} from '@pgwamp/core/internal/component';
import { Calls } from './calls.ts';
import { type CalleeConfiguration, type CalleeOptions, parseCalleeConfiguration } from './configuration.ts';
import { calleeMetrics } from './metrics.ts';
import type { RegistrationCounts } from './registrations.ts';
import { type Progress, serve } from './serve.ts';

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
export class Callee extends WampComponent<CalleeConfiguration, CalleeStatus> {
  readonly #progress: Progress = { calls: new Calls(), registrations: undefined, session: undefined };

  /** @throws `ConfigurationError` naming everything that is wrong with the options. */
  constructor(options: CalleeOptions, environment: ComponentEnvironment = {}) {
    super('callee', parseCalleeConfiguration(options), environment);
  }

  /** How it is. */
  status(): CalleeStatus {
    const { calls, registrations, session } = this.#progress;
    const { host, counts, inFlight } = calls;
    return {
      ...this.life,
      database: host && { processId: host.processId },
      session,
      registrations: registrations?.counts ?? { registered: 0, refused: 0, unusable: 0 },
      ...counts,
      inFlight,
      pool: host?.executor.stats ?? { size: 0, busy: 0, waiting: 0 },
    };
  }

  protected serve(life: Life, log: Logger): Promise<void> {
    return serve(this.configuration, this.#progress, life, log);
  }

  protected metrics(): ComponentGauges {
    return calleeMetrics(() => this.status());
  }
}
