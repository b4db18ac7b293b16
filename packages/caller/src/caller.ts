import { Component, type ComponentEnvironment, type RunContext, wampIdentity } from '@pgwamp/core/internal/component';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { type CallingSession, openSession } from '@pgwamp/core/internal/wamp';
import { type CallerConfiguration, type CallerOptions, parseCallerConfiguration } from './configuration.ts';
import { initialState } from './context.ts';
import { callerMetrics } from './metrics.ts';
import type { CallerStatus } from './status.ts';

/**
 * Makes calls of `crossbar.call` at the router, so that SQL can call any WAMP procedure.
 *
 * @example
 * ```ts
 * import { Caller } from '@pgwamp/caller';
 *
 * const caller = new Caller({
 *   realm: 'realm1',
 *   transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' },
 *   extra: { database: { uri: 'postgres://crossbar:${PGPASSWORD}@127.0.0.1/mydb' } },
 * });
 * await caller.start();
 * process.once('SIGTERM', () => caller.stop());
 * ```
 */
export class Caller extends Component<CallerConfiguration, CallerStatus> {
  readonly #state = initialState();
  readonly #applicationName = `pgwamp caller ${this.configuration.realm}`;
  readonly #database = this.part('database', (until) => this.#connect(until), {
    work: () => this.#state.calls.counts.calls + this.#state.asyncCounts.calls,
  });
  readonly #session = this.part<CallingSession>('session', () => this.#join());

  /**
   * @param options the configuration. Strings like `$PGPASSWORD` are read from the environment.
   * @throws `ConfigurationError` naming each mistake in the options.
   */
  constructor(options: CallerOptions, environment: ComponentEnvironment = {}) {
    const configuration = parseCallerConfiguration(options);
    super(wampIdentity('caller', configuration), configuration, configuration.extra, environment);
    this.expose(callerMetrics(() => this.status()));
  }

  /**
   * A snapshot of the component's state and counters.
   *
   * @example
   * ```ts
   * const { state, calls, link } = caller.status();
   * ```
   */
  status(): CallerStatus {
    const { calls, asyncCounts, open } = this.#state;
    const [connection, session] = [this.#database.current, this.#session.current];
    return {
      ...this.life,
      database: connection && { processId: connection.processId },
      session: session && { id: session.id },
      link: open && { ...open.link.address, connections: open.link.link.connections },
      ...calls.counts,
      inFlight: calls.inFlight,
      async: { ...asyncCounts, inFlight: open?.asyncCalls.inFlight ?? 0 },
    };
  }

  protected async run(run: RunContext): Promise<void> {
    const { serve } = await import('./serve.ts');
    const parts = { database: this.#database, session: this.#session, join: () => this.#join() };
    const { configuration, log } = this;
    return serve({ ...parts, configuration, log, state: this.#state, applicationName: this.#applicationName }, run);
  }

  async #connect(until: AbortSignal): Promise<Connection> {
    const { openControlConnection } = await import('@pgwamp/core/internal/functions');
    const { log, waits } = this;
    const options = { applicationName: this.#applicationName, log, waits };
    return openControlConnection(this.configuration.extra.database, options, until);
  }

  #join(): Promise<CallingSession> {
    const onError = (error: unknown, message: string) => this.log.error({ err: error }, message);
    return openSession({ ...this.configuration, onError });
  }
}
