import type pg from 'pg';
import type { BackendMessageHandler } from './backend-messages.ts';
import type { CleanUp } from './clean-up.ts';
import type { FrontendMessages } from './frontend-messages.ts';
import { RowStream } from './row-stream.ts';
import type { StatementCache } from './statement-cache.ts';
import {
  canceled,
  isStale,
  type Progress,
  RowEncodingError,
  RowTooLongError,
  StatementError,
  statementError,
  transactionTimeout,
} from './statement-error.ts';
import type { BytesRow, FollowUp, Results, Row, Statement, Transaction } from './transaction.ts';

/** The output of an execution: it writes messages, and ends them with the clean-up of the session. */
export interface ExecutionOutlet {
  readonly messages: FrontendMessages;
  readonly cache: StatementCache;
  /** Its messages follow the last Sync in the same write, unless the transaction itself is expected to reset the session. */
  readonly cleanUp: Pick<CleanUp, 'write' | 'isAlwaysNeeded'>;
  /**
   * Called before the answers to the clean-up arrive.
   *
   * @param again whether the execution starts again after the clean-up.
   * @param isReset whether there is no clean-up, because the transaction has reset the session.
   */
  ended(again: boolean, isReset: boolean): void;
}

/**
 * The execution of one transaction in a session. Each statement is sent as Bind and Execute, followed by one Sync. With
 * the scope `session`, the first statement has its own Sync, and the others follow after its commit.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class Execution implements BackendMessageHandler {
  readonly outcome: Promise<Results>;
  readonly #resolve: (results: Results) => void;
  readonly #reject: (error: unknown) => void;
  #statements: readonly Statement[];
  readonly #transaction: Transaction;
  readonly #outlet: ExecutionOutlet;
  /** The rows of the completed statements. */
  #results: (readonly Row[])[] = [];
  /** The rows of the current statement. */
  #rows: Row[] = [];
  /** The statements from index `#from` up to, but not including, `#to` were sent. */
  #from = 0;
  #to = 0;
  /** The indexes of the statements whose Parse is not answered yet. */
  #parsing: number[] = [];
  #bound = false;
  #synced = false;
  /** Whether the messages of the clean-up were written. */
  #cleansUp = false;
  #stream: RowStream | undefined;
  /** The follow-up of the statement that was sent last. */
  #followUp: FollowUp | undefined;
  #followed: BytesRow = [];
  #failure: { readonly error: unknown } | undefined;
  /** Makes the error of the first row that could not be read. */
  #unreadable: ((committed: boolean) => Error) | undefined;
  #repeatable = false;
  #repeated = false;

  constructor(transaction: Transaction, outlet: ExecutionOutlet) {
    this.#transaction = transaction;
    this.#statements = transaction.statements;
    this.#outlet = outlet;
    const { promise, resolve, reject } = Promise.withResolvers<Results>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Whether answers to sent statements are outstanding. */
  get sent(): boolean {
    return this.#to > 0;
  }

  /** Whether the execution waits for PostgreSQL, and not for the consumer of the rows. */
  get isWaitedFor(): boolean {
    return this.sent && !this.#stream?.waiting;
  }

  /** The latest error of PostgreSQL. If PostgreSQL ends the session, this is the reason. */
  get serverError(): string | undefined {
    const error = this.#failure?.error;
    return error instanceof StatementError ? error.message : undefined;
  }

  /** The error of a `transaction_timeout`, with which PostgreSQL has rolled back the transaction and ends the session. */
  get timeout(): StatementError | undefined {
    const error = this.#failure?.error;
    return error instanceof StatementError && error.cause.code === transactionTimeout ? error : undefined;
  }

  /** Whether the current statement returns bytes. */
  get wantsBytes(): boolean {
    return this.#followUp !== undefined && this.#results.length === this.#to - 1;
  }

  begin(): void {
    this.#statements = this.#transaction.statements;
    this.#results = [];
    this.#failure = undefined;
    this.#unreadable = undefined;
    // The other statements must never run without the settings of the first one, so they are sent after it has
    // succeeded.
    if (this.#transaction.scope === 'session') this.#send(0, 1);
    else this.#send(0, this.#statements.length);
  }

  /** Sends the remaining statements, or settles the outcome. */
  ready(): void {
    if (!this.#failure && this.#to < this.#statements.length) {
      this.#send(this.#to, this.#statements.length);
      return;
    }
    const isReset = this.#hasReset() && !this.#cleansUp;
    if (!isReset && !this.#cleansUp) {
      this.#outlet.cleanUp.write();
      this.#outlet.messages.send();
    }
    this.#to = 0;
    const again = this.#repeatable && !this.#repeated;
    this.#outlet.ended(again, isReset);
    if (again) this.#repeated = true;
    else if (this.#failure) this.#reject(this.#failure.error);
    else if (this.#unreadable) this.#reject(this.#unreadable(true));
    else this.#resolve(this.#results);
  }

  /** Fails the execution without waiting for PostgreSQL. */
  fail(error: unknown): void {
    this.#stream?.stop();
    this.#reject(error);
  }

  /** Ends a transaction that waits for the consumer of its rows. PostgreSQL cannot cancel it in this state. */
  interrupt(): void {
    if (!this.#stream?.waiting) return;
    this.#stream.stop();
    this.#rollBack(canceled(this.#results.length));
  }

  parseComplete(): void {
    this.#parsing.shift();
  }

  bindComplete(): void {
    this.#bound = true;
  }

  row(fields: Row, bytes: number): void {
    this.#rows.push(fields);
    this.#stream?.count(bytes);
  }

  bytesRow(fields: BytesRow): void {
    this.#followed = fields;
  }

  rowTooLong(bytes: number): void {
    this.#unreadable ??= (committed) => new RowTooLongError(bytes, committed);
  }

  rowNotUtf8(): void {
    this.#unreadable ??= (committed) => new RowEncodingError(committed);
  }

  complete(): void {
    this.#bound = false;
    if (this.wantsBytes && this.#followUp) this.#follow(this.#followUp);
    else if (!this.#stream || this.#results.length < this.#to - 1) this.#next();
    // After the Sync, this is the completion of ROLLBACK.
    else if (!this.#synced) void this.#deliver(this.#stream, true);
  }

  suspended(): void {
    if (this.#stream) void this.#deliver(this.#stream, false);
  }

  failed(error: pg.DatabaseError): void {
    this.#failure ??= { error: statementError(error, this.#progress) };
    this.#forget(error);
    this.#stream?.stop();
    if (!this.#synced) this.#syncAndSend();
  }

  #send(from: number, to: number): void {
    const { messages } = this.#outlet;
    this.#from = from;
    this.#to = to;
    this.#parsing = [];
    this.#bound = false;
    this.#synced = false;
    this.#cleansUp = false;
    this.#repeatable = false;
    const isLast = to === this.#statements.length;
    this.#stream = isLast && this.#transaction.rows ? new RowStream(this.#transaction.rows) : undefined;
    this.#followUp = isLast ? this.#transaction.followUp : undefined;
    for (let index = from; index < to; index += 1) {
      this.#bind(this.#statements[index] as Statement, index, index === to - 1 ? this.#followUp?.binary : undefined);
      if (this.#stream && index === to - 1) this.#stream.execute(messages);
      else messages.execute(0);
    }
    if (this.#followUp) messages.flush();
    if (this.#stream || this.#followUp) messages.send();
    else this.#syncAndSend();
  }

  #bind(statement: Statement, index: number, binary?: readonly boolean[]): void {
    const { messages, cache } = this.#outlet;
    let name = cache.find(statement);
    if (name === undefined) {
      name = cache.prepare(messages, statement);
      this.#parsing.push(index);
    }
    messages.bind(name, statement.values, binary);
  }

  /** Sends the statement created from the last row, and commits. */
  #follow(followUp: FollowUp): void {
    this.#followUp = undefined;
    this.#next();
    const { messages } = this.#outlet;
    try {
      if (this.#unreadable) throw this.#unreadable(false);
      const statement = followUp.statement(this.#followed);
      this.#statements = [...this.#statements, statement];
      // The unnamed statement is used, because the procedure may have replaced a prepared statement by another one.
      messages.parse('', statement.text, statement.types);
      messages.bind('', statement.values);
    } catch (error) {
      this.#rollBack(error);
      return;
    }
    this.#parsing.push(this.#to);
    this.#to += 1;
    messages.execute(0);
    this.#syncAndSend();
  }

  #syncAndSend(): void {
    const { messages } = this.#outlet;
    this.#synced = true;
    messages.sync();
    this.#cleansUp = this.#to === this.#statements.length && !this.#isExpectedToReset;
    if (this.#cleansUp) this.#outlet.cleanUp.write();
    messages.send();
  }

  get #isExpectedToReset(): boolean {
    const { cleanUp, cache } = this.#outlet;
    const last = this.#statements.at(-1);
    return this.#transaction.resets === true && !cleanUp.isAlwaysNeeded && last !== undefined && cache.resets(last);
  }

  /** Whether the transaction is committed and has reset the session. */
  #hasReset(): boolean {
    const last = this.#statements.at(-1);
    if (!this.#transaction.resets || this.#failure || !last) return false;
    const hasReset = this.#results.at(-1)?.[0]?.at(-1) === 't';
    this.#outlet.cache.note(last, hasReset);
    return hasReset;
  }

  #next(): void {
    this.#results.push(this.#rows);
    this.#rows = [];
  }

  async #deliver(stream: RowStream, complete: boolean): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    if (this.#unreadable) return this.#rollBack(this.#unreadable(false));
    const answer = await stream.offer(rows);
    if (answer === undefined) return;
    if ('error' in answer) this.#rollBack(answer.error);
    else if (answer.more && !complete) {
      stream.execute(this.#outlet.messages);
      this.#outlet.messages.send();
    } else this.#close();
  }

  /** Discards the remaining rows and commits. */
  #close(): void {
    this.#next();
    this.#outlet.messages.close('P', '');
    this.#syncAndSend();
  }

  #rollBack(error: unknown): void {
    const { messages } = this.#outlet;
    this.#failure = { error };
    messages.parse('', 'ROLLBACK');
    messages.bind('', []);
    messages.execute(0);
    this.#syncAndSend();
  }

  /** Removes statements from the cache that were not prepared or cannot be used, so they are prepared again. */
  #forget(error: pg.DatabaseError): void {
    const { cache } = this.#outlet;
    const done = this.#results.length;
    const unprepared = this.#statements.filter((_, index) => this.#parsing.includes(index));
    const stale = !this.#bound && isStale(error) ? this.#statements.slice(done, done + 1) : [];
    for (const statement of [...unprepared, ...stale]) cache.forget(statement);
    // A function has deallocated one of our statements, and maybe all.
    if (!this.#bound && error.code === '26000') cache.clear();
    this.#repeatable = stale.length > 0 && done < this.#transaction.statements.length && done - this.#from <= 1;
  }

  get #progress(): Progress {
    const statement = this.#results.length;
    return { statement, statements: this.#to, parsed: this.#parsing[0] !== statement, bound: this.#bound };
  }
}
