import { FailureLog, type Logger } from '../../component/index.ts';
import { Doorbell } from '../../doorbell.ts';
import type { Connection } from '../../postgres/index.ts';
import type { StateReport } from './endpoint.ts';
import {
  deleteLeftovers,
  deleteOldClaims,
  deleteOwnStates,
  type Tally,
  writeStates,
  writeTallies,
} from './endpoint-tables.ts';

/**
 * The outcome of a call or an event: `handled` without an error, `failed` with one, or `dropped` before it was handled.
 */
export type EndpointOutcome = 'handled' | 'failed' | 'dropped';

/** Milliseconds between two writes of the counts. */
const interval = 1000;
/** Number of writes between two cleanups of obsolete rows. */
const writesBetweenCleanings = 60;

/**
 * Writes the state of endpoints to `crossbar._endpoint_state` immediately, and counts to `crossbar._endpoint_count`
 * once a second, each in bulk. It also removes the rows of dead components and of removed endpoints.
 */
export class EndpointStatus implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #realm: string;
  readonly #failures: FailureLog;
  readonly #bell = new Doorbell();
  readonly #running: Promise<void>;
  #states = new Map<string, StateReport>();
  #tallies = new Map<string, Tally>();
  #closed = false;

  /** Starts immediately, and ends when the connection is lost. */
  constructor(connection: Connection, realm: string, log: Logger) {
    this.#connection = connection;
    this.#realm = realm;
    this.#failures = new FailureLog(log);
    this.#running = this.#run();
  }

  /** Reports states. Of several reports for one endpoint, only the latest is written. */
  report(reports: readonly StateReport[]): void {
    for (const report of reports) this.#states.set(report.endpoint, report);
    if (reports.length > 0) this.#bell.ring();
  }

  /**
   * Counts calls or events of an endpoint.
   *
   * @param error the text to show as its last error.
   * @param times number of calls or events.
   */
  count(endpoint: string, outcome: EndpointOutcome, error?: string, times = 1): void {
    let tally = this.#tallies.get(endpoint);
    if (!tally) {
      tally = { handled: 0, failed: 0, dropped: 0, error: undefined };
      this.#tallies.set(endpoint, tally);
    }
    tally[outcome] += times;
    if (error !== undefined) tally.error = error;
  }

  /** Writes the remaining counts and deletes the states, because this component no longer serves these endpoints. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    using _wake = this.#bell.ringOn(this.#connection.lost);
    for (let writes = 0; !this.#closed && !this.#connection.lost.aborted; writes += 1) {
      await this.#attempt(() => this.#write(writes));
      if (!this.#closed) await this.#bell.wait(interval);
    }
    await this.#attempt(async () => {
      await this.#write(1);
      await deleteOwnStates(this.#connection);
    });
  }

  /** Calls continue even if states and counts cannot be written. The connection itself reports its loss. */
  async #attempt(write: () => Promise<void>): Promise<void> {
    if (this.#connection.lost.aborted) return;
    try {
      await write();
    } catch (error) {
      if (this.#connection.lost.aborted) return;
      this.#failures.warn('states and counts of endpoints', error as Error, 'they are written again after a second');
    }
  }

  async #write(writes: number): Promise<void> {
    if (writes % writesBetweenCleanings === 0) await deleteLeftovers(this.#connection);
    await deleteOldClaims(this.#connection);
    const [states, tallies] = [this.#states, this.#tallies];
    this.#states = new Map();
    this.#tallies = new Map();
    try {
      if (states.size > 0) await writeStates(this.#connection, this.#realm, [...states.values()]);
      states.clear();
      if (tallies.size > 0) await writeTallies(this.#connection, tallies);
    } catch (error) {
      this.#restore(states, tallies);
      throw error;
    }
  }

  /** Puts back reports that could not be written. Newer reports take precedence. */
  #restore(states: ReadonlyMap<string, StateReport>, tallies: ReadonlyMap<string, Tally>): void {
    this.#states = new Map([...states, ...this.#states]);
    for (const [endpoint, { handled, failed, dropped, error }] of tallies) {
      const tally = this.#tallies.get(endpoint) ?? { handled: 0, failed: 0, dropped: 0, error: undefined };
      this.#tallies.set(endpoint, {
        handled: tally.handled + handled,
        failed: tally.failed + failed,
        dropped: tally.dropped + dropped,
        error: tally.error ?? error,
      });
    }
  }
}
