import pg from 'pg';
import type { StatementCache } from './statement-cache.ts';

/**
 * Undoes what a call may have left behind, prepared statements excepted. A simple query, and one transaction.
 *
 * @see https://www.postgresql.org/docs/current/sql-discard.html
 */
const undo =
  'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES; ' +
  'SELECT pg_catalog.pg_advisory_unlock_all(); RESET ALL';

const search = { name: 'pgwamp_search', text: 'SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql' };

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

/** Makes a session as new: undoes what is left behind, and closes the statements that SQL has prepared. */
export class CleanUp implements pg.Submittable {
  readonly #client: pg.Client;
  readonly #cache: StatementCache;
  readonly #undo: string;
  readonly #callbacks: CleanUpCallbacks;
  readonly #search: Search;
  #sent = false;
  #prepared = false;
  #try = 0;
  #error: unknown;

  /** @param settings statements that make the settings of the session other than the server's. */
  constructor(client: pg.Client, cache: StatementCache, settings: string, callbacks: CleanUpCallbacks) {
    this.#client = client;
    this.#cache = cache;
    this.#undo = `${undo}; ${settings}`;
    this.#callbacks = callbacks;
    this.#search = new Search((error) => this.#searched(error));
  }

  /** Sends all messages, before PostgreSQL has answered what was sent before. */
  send(connection: pg.Connection): void {
    this.#sent = true;
    connection.query(this.#undo);
    this.#cache.sendCloses(connection, this.#search.found.splice(0));
    if (!this.#prepared) connection.parse(search);
    this.#prepared = true;
    connection.bind({ statement: search.name, values: [] });
    connection.execute({ rows: 0 });
    connection.sync();
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

  #searched(error: unknown): void {
    if (error !== undefined) this.#prepareAnew();
    const failure = this.#error ?? error ?? this.#remainder();
    if (failure === undefined || this.#try === tries) this.#end(failure);
    else this.#client.query(this);
  }

  /** A call has deallocated our statement, and maybe all others. */
  #prepareAnew(): void {
    this.#prepared = false;
    this.#cache.clear();
  }

  #remainder(): Error | undefined {
    if (this.#search.found.length > 0) return new Error(`prepared statements remain: ${this.#search.found.join(', ')}`);
    return this.#client.getTransactionStatus() === 'I' ? undefined : new Error('a transaction is open');
  }

  #end(failure: unknown): void {
    this.#try = 0;
    if (failure === undefined) this.#callbacks.done();
    else this.#callbacks.failed(failure);
  }
}

/** Collects the names of the statements that SQL has prepared. */
class Search implements pg.Submittable {
  readonly found: string[] = [];
  readonly #ended: (error?: unknown) => void;

  constructor(ended: (error?: unknown) => void) {
    this.#ended = ended;
  }

  submit(): void {}

  handleDataRow({ fields }: { fields: readonly string[] }): void {
    this.found.push(...fields);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#ended();
  }

  handleError(error: unknown): void {
    if (error instanceof pg.DatabaseError) this.#ended(error);
  }
}
