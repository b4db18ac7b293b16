import { workerLogin } from '@pgwamp/config';
import type { WampError } from '../errors.ts';
import { type Connection, explained } from '../postgres/index.ts';
import type { EndpointsConfiguration } from './configuration.ts';
import { type ControlOptions, openControlConnection } from './control-connection.ts';
import type { Endpoint, EndpointChanges, EndpointKind } from './endpoints/endpoint.ts';
import { EndpointStatus } from './endpoints/endpoint-status.ts';
import { storeLogin } from './endpoints/endpoint-tables.ts';
import { EndpointWatch } from './endpoints/endpoint-watch.ts';
import type { HandledEvent } from './execution/batch.ts';
import { Executor } from './execution/executor.ts';
import { keepFailedEvent } from './failed-event.ts';

/** The purpose of a function host, and its options for running functions. */
export interface FunctionHostOptions extends ControlOptions {
  readonly configuration: EndpointsConfiguration;
  readonly kind: EndpointKind;
  /** The realm for which the states of endpoints are reported. */
  readonly realm: string;
}

/**
 * The PostgreSQL side of a component with endpoints: a control connection, which reads endpoints and writes their
 * states, and the sessions that run functions. They are opened and lost together. A lost host is not repaired but
 * replaced.
 *
 * @example
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
  /** Writes states and counts. */
  readonly status: EndpointStatus;
  readonly #connection: Connection;
  readonly #watch: EndpointWatch;
  readonly #log: ControlOptions['log'];

  private constructor(connection: Connection, watch: EndpointWatch, claimSecret: string, options: FunctionHostOptions) {
    const { configuration, applicationName, realm, log } = options;
    this.#connection = connection;
    this.#watch = watch;
    this.#log = log;
    this.executor = new Executor(configuration, `${applicationName} pool`, watch.catalog, claimSecret);
    this.status = new EndpointStatus(connection, realm, log);
    // If the control connection is lost, the sessions may be affected too, and a session that waits for an answer
    // cannot probe.
    connection.lost.addEventListener('abort', () => this.executor.destroy(), { once: true });
  }

  /**
   * Opens the connection and installs the missing parts of `sql/`.
   *
   * @param until aborts a wait for the installation.
   * @throws `DatabaseLostError` if PostgreSQL cannot be reached; errors of the installer.
   */
  static async open(options: FunctionHostOptions, until: AbortSignal): Promise<FunctionHost> {
    const { kind, configuration } = options;
    const connection = await openControlConnection(configuration.database, options, until);
    const login = workerLogin(configuration.database);
    try {
      const claimSecret = await storeLogin(connection, login);
      const watched = { kind, login, roles: Object.values(configuration.roles) };
      const watch = await explained(configuration.database, () => EndpointWatch.open(connection, watched));
      return new FunctionHost(connection, watch, claimSecret, options);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Aborts when the control connection, and with it the host, is lost. Its reason is a `DatabaseLostError`. */
  get lost(): AbortSignal {
    return this.#connection.lost;
  }

  /** The process id of the control connection's server process. */
  get processId(): number {
    return this.#connection.processId;
  }

  /** Yields all endpoints first, then the changes. See {@link EndpointWatch.changes}. */
  changes(stop: AbortSignal): AsyncGenerator<EndpointChanges, void, void> {
    return this.#watch.changes(stop);
  }

  /**
   * Stores an event with its payload after its handler finally failed. See `crossbar.failed_event`.
   *
   * @returns whether it was stored. False if another Subscriber of its queue group has handled or stored it. Undefined
   *   while another one may be doing so: then the caller has to try again.
   */
  async keepFailed(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<boolean | undefined> {
    const { kept, refusal } = await keepFailedEvent(this.#connection, endpoint, event, error);
    if (kept && refusal)
      this.#log.error({ err: refusal, topic: endpoint.uri }, 'the payload of a failed event cannot be kept');
    return kept;
  }

  /** Closes everything without waiting. PostgreSQL ends running statements itself. */
  destroy(): void {
    this.#connection.destroy();
  }

  /**
   * Waits for running functions, writes the remaining counts, deletes the states, and closes. A lost connection is
   * skipped.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.lost.aborted) await this.executor.close();
    await this.status[Symbol.asyncDispose]();
    await this.#connection.close();
  }
}
