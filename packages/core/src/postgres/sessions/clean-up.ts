import type { DatabaseConfiguration } from '@pgwamp/config';
import pg from 'pg';
import { record } from './gather.ts';
import type { StatementCache } from './statement-cache.ts';

type Heartbeat = DatabaseConfiguration['heartbeat'];

/** What undoes all that a call may have left behind; see `sql/functions/clean_up.sql`. */
function statementsOf({ interval, timeout }: Heartbeat): string[] {
  return ['CLOSE ALL', `SELECT crossbar._clean_up('${2 * (interval + timeout)}')`];
}

/** How often to try: the first may be hit by a late cancel, or find prepared statements to close. */
const tries = 3;

/** What a session learns of its clean-up. */
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
 *
 * It is one transaction of prepared statements, which PostgreSQL need not parse, and answers at once.
 *
 * @see https://www.postgresql.org/docs/current/sql-discard.html
 */
export class CleanUp implements pg.Submittable {
  readonly #client: pg.Client;
  readonly #cache: StatementCache;
  readonly #statements: readonly { readonly name: string; readonly text: string }[];
  readonly #callbacks: CleanUpCallbacks;
  #found: readonly string[] = [];
  #prepared = false;
  /** All messages but those that prepare: they are the same every time. */
  #messages: Buffer | undefined;
  #active = false;
  #again = false;
  #runs = 0;
  #sent = false;
  #try = 0;

  constructor(client: pg.Client, cache: StatementCache, heartbeat: Heartbeat, callbacks: CleanUpCallbacks) {
    this.#client = client;
    this.#cache = cache;
    this.#statements = statementsOf(heartbeat).map((text, index) => ({ name: `pgwamp_clean_up_${index}`, text }));
    this.#callbacks = callbacks;
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
    this.#cache.sendCloses(connection, this.#found);
    this.#found = [];
    if (!this.#prepared) this.#prepare(connection);
    this.#messages ??= record(connection.stream, () => this.#run(connection));
    if (connection.stream.writable) connection.stream.write(this.#messages);
  }

  submit(connection: pg.Connection): void {
    if (!this.#sent) {
      connection.stream.cork();
      this.send(connection);
      connection.stream.uncork();
    }
    this.#sent = false;
    this.#try += 1;
    if (this.#try === 1) this.#callbacks.begun();
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    this.#found = JSON.parse(fields[0] ?? '[]');
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#conclude(this.#remainder());
  }

  handleError(error: unknown): void {
    if (!(error instanceof pg.DatabaseError)) return;
    this.#prepared = false;
    // A call has deallocated our statements, and maybe all others.
    if (error.code === '26000') this.#cache.clear();
    this.#conclude(error);
  }

  #run(connection: pg.Connection): void {
    for (const { name } of this.#statements) {
      connection.bind({ statement: name, values: [] });
      connection.execute({ rows: 0 });
    }
    connection.sync();
  }

  #prepare(connection: pg.Connection): void {
    this.#prepared = true;
    for (const { name, text } of this.#statements) {
      // After an error it is there, or not, or SQL has put another in its place.
      connection.close({ type: 'S', name });
      connection.parse({ name, text });
    }
  }

  #remainder(): Error | undefined {
    if (this.#found.length > 0) return new Error(`prepared statements remain: ${this.#found.join(', ')}`);
    return this.#client.getTransactionStatus() === 'I' ? undefined : new Error('a transaction is open');
  }

  #conclude(failure: Error | undefined): void {
    if (failure === undefined || this.#try === tries) this.#end(failure);
    else this.#client.query(this);
  }

  #end(failure: Error | undefined): void {
    this.#try = 0;
    this.#active = false;
    const again = this.#again;
    this.#again = false;
    if (failure !== undefined) this.#callbacks.failed(failure);
    else if (again) this.begin();
    else this.#callbacks.done();
  }
}
