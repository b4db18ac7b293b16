import {
  Component,
  type ComponentEnvironment,
  type Part,
  type RunContext,
  wampIdentity,
} from '@pgwamp/core/internal/component';
import type { FunctionHost } from '@pgwamp/core/internal/functions';
import { type EndpointSession, openSession } from '@pgwamp/core/internal/wamp';
import { Calls } from './calls.ts';
import { type CalleeConfiguration, type CalleeOptions, parseCalleeConfiguration } from './configuration.ts';
import type { CalleeState } from './context.ts';
import { calleeMetrics } from './metrics.ts';
import type { CalleeStatus } from './status.ts';

/**
 * Offers the functions that were registered with `crossbar.register` as WAMP procedures.
 *
 * @example
 * ```ts
 * import { Callee } from '@pgwamp/callee';
 *
 * const callee = new Callee({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' }, pool: { size: 4 } },
 * });
 * await callee.start();
 * process.once('SIGTERM', () => callee.stop());
 * ```
 */
export class Callee extends Component<CalleeConfiguration, CalleeStatus> {
  readonly #state: CalleeState = { endpoints: new Map(), registrations: undefined, deadSessions: new Set() };
  readonly #database: Part<FunctionHost> = this.part('database', (until) => this.#openHost(until), {
    work: () => this.#calls.counts.calls,
  });
  readonly #calls: Calls = new Calls(this.#database);
  readonly #session = this.part<EndpointSession>('session', (until) => this.#join(until), {
    work: () => this.#calls.counts.calls,
  });

  /**
   * @param options the configuration. Strings like `$PGPASSWORD` are read from the environment.
   * @throws `ConfigurationError` naming each mistake in the options.
   */
  constructor(options: CalleeOptions, environment: ComponentEnvironment = {}) {
    const configuration = parseCalleeConfiguration(options);
    super(wampIdentity('callee', configuration), configuration, configuration.extra, environment);
    this.expose(calleeMetrics(() => this.status()));
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * @example
   * ```ts
   * const { state, registrations, inFlight } = callee.status();
   * ```
   */
  status(): CalleeStatus {
    const [host, session] = [this.#database.current, this.#session.current];
    const { counts, inFlight, times } = this.#calls;
    return {
      ...this.life,
      database: host && { processId: host.processId },
      session: session && { id: session.id },
      registrations: this.#state.registrations?.counts ?? { registered: 0, refused: 0, unusable: 0 },
      ...counts,
      inFlight,
      pool: host?.executor.stats ?? { size: 0, busy: 0, waiting: 0 },
      // A getter, because each metric reads the status and few readers need this value.
      get procedures() {
        return times.all;
      },
    };
  }

  protected async run(run: RunContext): Promise<void> {
    const { serve } = await import('./serve.ts');
    const context = { database: this.#database, session: this.#session, calls: this.#calls, state: this.#state };
    return serve({ ...context, grace: this.configuration.extra.grace, log: this.log }, run);
  }

  async #openHost(until: AbortSignal): Promise<FunctionHost> {
    const { FunctionHost } = await import('@pgwamp/core/internal/functions');
    const { realm, extra } = this.configuration;
    const { log, waits } = this;
    const applicationName = `pgwamp callee ${realm}`;
    return FunctionHost.open({ configuration: extra, applicationName, kind: 'registration', realm, log, waits }, until);
  }

  /** Waits for PostgreSQL, because without it there is nothing to register. */
  async #join(until: AbortSignal): Promise<EndpointSession> {
    await this.#database.present(until);
    const onError = (error: unknown, message: string) => this.log.error({ err: error }, message);
    return openSession({ ...this.configuration, onError });
  }
}
