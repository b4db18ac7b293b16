import pg from 'pg';
import type { DatabaseConfiguration } from '../config/index.ts';
import { Search } from './search.ts';
import type { StatementCache } from './statement-cache.ts';

type Heartbeat = DatabaseConfiguration['heartbeat'];

/**
 * Undoes what a call may have left behind, prepared statements excepted. A simple query, and one transaction.
 *
 * @see https://www.postgresql.org/docs/current/sql-discard.html
 */
const undo =
  'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES; ' +
  'SELECT pg_catalog.pg_advisory_unlock_all(); RESET ALL';

/** How often to try: the first may be hit by a late cancel, or find prepared statements to close. */
const tries = 3;

/** What a worker learns of its clean-up. */
export interface CleanUpCallbacks {
  /** PostgreSQL has answered all that was asked before. */
  begun(): void;
  /** The session is as new. */
  done(): void;
  /** The session cannot be made as new. */
  failed(why: unknown): void;
}

/**
 * Makes a session as new: undoes what is left behind, and closes the statements that SQL has prepared. What DISCARD ALL leaves is
 * left: connections of dblink, global variables of procedural languages, the state of `random()`.
 */
export class CleanUp implements pg.Submittable {
  readonly #client: pg.Client;
  readonly #cache: StatementCache;
  readonly #undo: string;
  readonly #callbacks: CleanUpCallbacks;
  readonly #search: Search;
  #active = false;
  #again = false;
  #runs = 0;
  #sent = false;
  #try = 0;
  #error: unknown;

  constructor(client: pg.Client, cache: StatementCache, heartbeat: Heartbeat, callbacks: CleanUpCallbacks) {
    this.#client = client;
    this.#cache = cache;
    this.#undo = `${undo}; ${settings(heartbeat)}`;
    this.#callbacks = callbacks;
    this.#search = new Search((error) => this.#searched(error));
  }

  /** Whether it is going on. */
  get active(): boolean {
    return this.#active;
  }

  /** Begins, after what PostgreSQL was asked before. */
  begin(): void {
    this.#active = true;
    this.#runs += 1;
    this.#client.query(this);
  }

  /** Begins, once more if it is going on. */
  repeat(): void {
    if (this.#active) this.#again = true;
    else this.begin();
  }

  /** Fails if it goes on, and does not end within so many milliseconds. */
  bound(timeout: number): void {
    const run = this.#runs;
    const check = () => {
      if (this.#active && this.#runs === run) this.#callbacks.failed(new Error(`no answer within ${timeout} ms`));
    };
    setTimeout(check, timeout).unref();
  }

  /** Sends all messages, before it has begun. */
  send(connection: pg.Connection): void {
    this.#sent = true;
    connection.query(this.#undo);
    this.#cache.sendCloses(connection, this.#search.found.splice(0));
    this.#search.send(connection);
  }

  submit(connection: pg.Connection): void {
    if (!this.#sent) {
      connection.stream.cork();
      this.send(connection);
      connection.stream.uncork();
    }
    this.#sent = false;
    this.#try += 1;
    this.#error = undefined;
    if (this.#try === 1) this.#callbacks.begun();
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#client.query(this.#search);
  }

  handleError(error: unknown): void {
    if (!(error instanceof pg.DatabaseError)) return;
    this.#error = error;
    this.#client.query(this.#search);
  }

  #searched(error: pg.DatabaseError | undefined): void {
    // A call has deallocated our statement, and maybe all others.
    if (error?.code === '26000') this.#cache.clear();
    const failure = this.#error ?? error ?? this.#remainder();
    if (failure === undefined || this.#try === tries) this.#end(failure);
    else this.#client.query(this);
  }

  #remainder(): Error | undefined {
    if (this.#search.found.length > 0) return new Error(`prepared statements remain: ${this.#search.found.join(', ')}`);
    return this.#client.getTransactionStatus() === 'I' ? undefined : new Error('a transaction is open');
  }

  #end(failure: unknown): void {
    this.#try = 0;
    this.#active = false;
    const again = this.#again;
    this.#again = false;
    if (failure !== undefined) this.#callbacks.failed(failure);
    else if (again) this.begin();
    else this.#callbacks.done();
  }
}

/** PostgreSQL ends a session that is silent for longer than we ever are; and node-postgres understands nothing but UTF-8. */
function settings({ interval, timeout }: Heartbeat): string {
  return `SET idle_session_timeout = ${2 * (interval + timeout)}; SET client_encoding = 'UTF8'`;
}
