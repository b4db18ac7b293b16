import pg from 'pg';
import { gather } from './gather.ts';
import { RowStream } from './row-stream.ts';
import type { StatementCache } from './statement-cache.ts';
import { canceled, isStale, type Progress, statementError } from './statement-error.ts';
import type { Row, RowConsumer, Statement } from './transaction.ts';

/** What is exchanged. */
export interface ExchangeOptions {
  /** All statements of the call, of which `from` up to, not including, `to` are exchanged. */
  readonly statements: readonly Statement[];
  readonly from: number;
  readonly to: number;
  /** Where the rows of every statement go to, in order. */
  readonly results: (readonly Row[])[];
  readonly cache: StatementCache;
  /** Takes the rows of the last statement. */
  readonly rows?: RowConsumer | undefined;
}

/** What an exchange tells its call. */
export interface ExchangeCallbacks {
  /** Sends what shall follow in the same write, without waiting for the answer. */
  readonly follow: (connection: pg.Connection) => void;
  /** The transaction has ended; PostgreSQL is about to say that it is ready, if it has not yet. */
  readonly ended: () => void;
}

/**
 * One implicit transaction of the extended protocol on its way: all messages up to one Sync in one write.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class Exchange implements pg.Submittable {
  /** Why it failed: a `StatementError`, or what the consumer of the rows threw. */
  failure: { readonly error: unknown } | undefined;
  /** Whether it failed for a prepared statement that could not be used, while nothing but its first statement had run. */
  repeatable = false;
  readonly #options: ExchangeOptions;
  readonly #callbacks: ExchangeCallbacks;
  /** The indices of the statements whose Parse is not answered yet. */
  readonly #parsing: number[] = [];
  readonly #stream: RowStream | undefined;
  #rows: Row[] = [];
  #bound = false;
  #synced = false;

  constructor(options: ExchangeOptions, callbacks: ExchangeCallbacks) {
    this.#options = options;
    this.#callbacks = callbacks;
    this.#stream = options.rows && new RowStream(options.rows);
  }

  submit(connection: pg.Connection): void {
    gather(connection.stream, () => this.#send(connection));
  }

  handleParseComplete(): void {
    this.#parsing.shift();
  }

  handleBindComplete(): void {
    this.#bound = true;
  }

  handleDataRow({ fields, length }: { fields: Row; length: number }): void {
    this.#rows.push(fields);
    this.#stream?.count(length);
  }

  handleCommandComplete(_message: unknown, connection: pg.Connection): void {
    this.#complete(connection);
  }

  handleEmptyQuery(connection: pg.Connection): void {
    this.#complete(connection);
  }

  handlePortalSuspended(connection: pg.Connection): void {
    if (this.#stream) void this.#deliver(connection, this.#stream, false);
  }

  handleReadyForQuery(): void {
    this.#callbacks.ended();
  }

  handleError(error: unknown, connection: pg.Connection): void {
    // Anything else than PostgreSQL's own errors is the loss of the connection, which the session sees.
    if (!(error instanceof pg.DatabaseError)) return;
    this.failure ??= { error: statementError(error, this.#progress) };
    this.#forget(error);
    if (!this.#synced) this.#sync(connection);
    this.#callbacks.ended();
  }

  /** Ends a transaction that waits for the consumer of its rows, and that PostgreSQL therefore cannot cancel. */
  interrupt(connection: pg.Connection): void {
    if (!this.#stream?.waiting) return;
    this.#stream.stop();
    this.#rollBack(connection, canceled(this.#options.results.length));
  }

  #send(connection: pg.Connection): void {
    const { statements, from, to } = this.#options;
    for (const [offset, statement] of statements.slice(from, to).entries()) {
      this.#bind(connection, statement, from + offset);
      if (this.#stream && from + offset === to - 1) this.#stream.execute(connection);
      else connection.execute({ rows: 0 });
    }
    if (!this.#stream) this.#sync(connection);
  }

  #bind(connection: pg.Connection, { text, values }: Statement, index: number): void {
    let statement = this.#options.cache.find(text);
    if (statement === undefined) {
      statement = this.#options.cache.prepare(connection, text);
      this.#parsing.push(index);
    }
    connection.bind({ statement, values });
  }

  #sync(connection: pg.Connection): void {
    this.#synced = true;
    connection.sync();
    this.#callbacks.follow(connection);
  }

  #complete(connection: pg.Connection): void {
    this.#bound = false;
    const { results, to } = this.#options;
    if (!this.#stream || results.length < to - 1) this.#next();
    // After the Sync it is the completion of ROLLBACK.
    else if (!this.#synced) void this.#deliver(connection, this.#stream, true);
  }

  #next(): void {
    this.#options.results.push(this.#rows);
    this.#rows = [];
  }

  async #deliver(connection: pg.Connection, stream: RowStream, complete: boolean): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    const answer = await stream.offer(rows);
    if (answer === undefined) return;
    if ('error' in answer) this.#rollBack(connection, answer.error);
    else if (answer.more && !complete) stream.execute(connection);
    else this.#close(connection);
  }

  /** Lets go of the rows that are left, and commits. */
  #close(connection: pg.Connection): void {
    this.#next();
    connection.stream.cork();
    connection.close({ type: 'P', name: '' });
    this.#sync(connection);
    connection.stream.uncork();
  }

  #rollBack(connection: pg.Connection, error: unknown): void {
    this.failure = { error };
    connection.stream.cork();
    connection.parse({ name: '', text: 'ROLLBACK' });
    connection.bind({ statement: '', values: [] });
    connection.execute({ rows: 0 });
    this.#sync(connection);
    connection.stream.uncork();
  }

  /** Has the statements prepared anew that are not, or cannot be used. */
  #forget(error: pg.DatabaseError): void {
    const { statements, results, cache, from } = this.#options;
    const unprepared = statements.filter((_, index) => this.#parsing.includes(index));
    const stale = !this.#bound && isStale(error) ? statements.slice(results.length, results.length + 1) : [];
    for (const { text } of [...unprepared, ...stale]) cache.forget(text);
    this.repeatable = stale.length > 0 && results.length - from <= 1;
  }

  get #progress(): Progress {
    const { results, to } = this.#options;
    const statement = results.length;
    return { statement, statements: to, parsed: this.#parsing[0] !== statement, bound: this.#bound };
  }
}
