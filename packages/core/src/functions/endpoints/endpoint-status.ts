import type { Logger } from '../../component/index.ts';
import { Doorbell } from '../../doorbell.ts';
import type { Connection } from '../../postgres/index.ts';
import {
  deleteLeftovers,
  deleteOldClaims,
  deleteOwnStates,
  type Tally,
  writeStates,
  writeTallies,
} from './endpoint-tables.ts';

/** What a component makes of one endpoint. */
export interface StateReport {
  /** The endpoint's id. */
  readonly endpoint: string;
  /** Undefined takes back what was said before. */
  readonly state: 'registered' | 'subscribed' | 'refused' | 'unusable' | undefined;
  /** Why it is refused or unusable. */
  readonly error?: string | undefined;
}

/** What became of a call or an event: `handled` without an error, `failed` with one, `dropped` before it was handled. */
export type EndpointOutcome = 'handled' | 'failed' | 'dropped';

/** Milliseconds between two times that counts are written. */
const interval = 1000;
/** Times of writing between two removals of what others have left. */
const writesBetweenCleanings = 60;

/**
 * Writes what a component makes of its endpoints into `crossbar._endpoint_state` and `crossbar._endpoint_count`: states at once, counts
 * once a second, each in bulk. It also removes what dead components, and endpoints that are gone, have left there.
 */
export class EndpointStatus implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #realm: string;
  readonly #log: Logger;
  readonly #bell = new Doorbell();
  readonly #running: Promise<void>;
  #states = new Map<string, StateReport>();
  #tallies = new Map<string, Tally>();
  #closed = false;

  /** Starts at once, and ends when the connection is lost. */
  constructor(connection: Connection, realm: string, log: Logger) {
    this.#connection = connection;
    this.#realm = realm;
    this.#log = log;
    this.#running = this.#run();
  }

  /** Tells states; of several of an endpoint the latest counts. */
  report(reports: readonly StateReport[]): void {
    for (const report of reports) this.#states.set(report.endpoint, report);
    if (reports.length > 0) this.#bell.ring();
  }

  /**
   * Counts calls or events of an endpoint.
   *
   * @param error what to show as its last error.
   * @param times how many there were.
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

  /** Writes the counts that are left, and removes the states: nobody serves these endpoints here any more. */
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

  /** What cannot be written is not worth losing calls for. The loss of the connection is told by the connection. */
  async #attempt(write: () => Promise<void>): Promise<void> {
    if (this.#connection.lost.aborted) return;
    try {
      await write();
    } catch (error) {
      if (!this.#connection.lost.aborted) this.#log.error({ err: error }, 'could not write the states of endpoints');
    }
  }

  async #write(writes: number): Promise<void> {
    if (writes % writesBetweenCleanings === 0) await deleteLeftovers(this.#connection);
    await deleteOldClaims(this.#connection);
    const [states, tallies] = [this.#states, this.#tallies];
    this.#states = new Map();
    this.#tallies = new Map();
    if (states.size > 0) await writeStates(this.#connection, this.#realm, [...states.values()]);
    if (tallies.size > 0) await writeTallies(this.#connection, tallies);
  }
}
