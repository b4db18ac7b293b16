import { databaseTarget, workerDatabase } from '@pgwamp/config';
import type { WampError } from '../errors.ts';
import { type Connection, explained } from '../postgres/index.ts';
import type { EndpointsConfiguration } from './configuration.ts';
import { type ControlOptions, openControlConnection } from './control-connection.ts';
import type { Endpoint, EndpointChanges, EndpointKind } from './endpoints/endpoint.ts';
import { EndpointStatus } from './endpoints/endpoint-status.ts';
import { tellLogin } from './endpoints/endpoint-tables.ts';
import { EndpointWatch } from './endpoints/endpoint-watch.ts';
import type { HandledEvent } from './execution/batch.ts';
import { Executor } from './execution/executor.ts';
import { keepFailedEvent } from './failed-event.ts';

/** What a host is for, and how functions are run at it. */
export interface FunctionHostOptions extends ControlOptions {
  readonly configuration: EndpointsConfiguration;
  readonly kind: EndpointKind;
  /** The realm that the states of endpoints are told for. */
  readonly realm: string;
}

/**
 * Everything that a component of endpoints has in PostgreSQL: a control connection, by which it learns of endpoints and tells what
 * becomes of them, and the sessions that run them. Opened together, and lost together: a host is not repaired, but replaced.
 *
 * ```ts
 * await using host = await FunctionHost.open({ …, kind: 'subscription' }, until);
 * for await (const { changed, removed } of host.changes(stop)) …;  // first all endpoints; throws when the host is lost
 * await host.executor.call(invocation);
 * host.status.report([{ endpoint: '17', state: 'subscribed' }]);
 * host.status.count('17', 'handled');
 * ```
 */
export class FunctionHost implements AsyncDisposable {
  /** Runs calls, and handles events. */
  readonly executor: Executor;
  /** Tells states and counts. */
  readonly status: EndpointStatus;
  readonly #connection: Connection;
  readonly #watch: EndpointWatch;
  readonly #log: ControlOptions['log'];

  private constructor(connection: Connection, watch: EndpointWatch, claimSecret: string, options: FunctionHostOptions) {
    const { configuration, applicationName, realm, log } = options;
    this.#connection = connection;
    this.#watch = watch;
    this.#log = log;
    const { catalog } = watch;
    this.executor = new Executor(configuration, `${applicationName} pool`, {
      claimSecret,
      settingsOf: (role) => catalog.settingsOf(role),
      readRoutine: (endpoint) => catalog.readRoutine(endpoint),
    });
    this.status = new EndpointStatus(connection, realm, log);
    // PostgreSQL may be as silent to the sessions, and one that waits for an answer cannot probe.
    connection.lost.addEventListener('abort', () => this.executor.destroy(), { once: true });
  }

  /**
   * Connects, and installs `sql/` where something of it is missing.
   *
   * @param until gives up when it aborts.
   * @throws `DatabaseLostError` if PostgreSQL cannot be reached, and what the installer throws.
   */
  static async open(options: FunctionHostOptions, until: AbortSignal): Promise<FunctionHost> {
    const { kind, configuration } = options;
    const connection = await openControlConnection(configuration.database, options, until);
    const login = databaseTarget(workerDatabase(configuration.database)).user;
    try {
      const claimSecret = await tellLogin(connection, login);
      const watched = { kind, login, roles: Object.values(configuration.roles) };
      const watch = await explained(configuration.database, () => EndpointWatch.open(connection, watched));
      return new FunctionHost(connection, watch, claimSecret, options);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Aborted when the control connection is lost, and with it the host; its reason is a `DatabaseLostError`. */
  get lost(): AbortSignal {
    return this.#connection.lost;
  }

  /** The server process of the control connection. */
  get processId(): number {
    return this.#connection.processId;
  }

  /** First all endpoints, then what changes; see {@link EndpointWatch.changes}. */
  changes(stop: AbortSignal): AsyncGenerator<EndpointChanges, void, void> {
    return this.#watch.changes(stop);
  }

  /**
   * Keeps an event whose handler failed for good, with its payload; see `crossbar.failed_event`.
   *
   * @returns whether it was kept: not if another Subscriber of its queue group has handled or kept it. Undefined while one may be doing so;
   *   then it has to be asked again.
   */
  async keepFailed(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<boolean | undefined> {
    const { kept, refusal } = await keepFailedEvent(this.#connection, endpoint, event, error);
    if (kept && refusal)
      this.#log.error({ err: refusal, topic: endpoint.uri }, 'the payload of a failed event cannot be kept');
    return kept;
  }

  /** Ends everything without waiting: statements that run are left to PostgreSQL. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** Waits for what the sessions run, writes the counts that are left, takes back the states, and closes. What is lost is left alone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.lost.aborted) await this.executor.close();
    await this.status[Symbol.asyncDispose]();
    await this.#connection.close();
  }
}
