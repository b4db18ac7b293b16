import type pg from 'pg';
import { Exchange, type ExchangeCallbacks } from './exchange.ts';
import type { StatementCache } from './statement-cache.ts';
import { canceled, StatementError } from './statement-error.ts';
import type { Results, Row, RowConsumer, Transaction } from './transaction.ts';

/** What a call tells its session. */
export interface CallCallbacks {
  /** Everything is sent; sends what shall follow in the same write. */
  readonly follow: (connection: pg.Connection) => void;
  /** The last exchange has ended; PostgreSQL is about to be ready. */
  readonly exchanged: () => void;
  /** The outcome is there. */
  readonly ended: () => void;
}

/** One transaction that a session runs, from the first message to its outcome. */
export class Call {
  readonly outcome: Promise<Results>;
  readonly #reject: (error: unknown) => void;
  readonly #resolve: (results: Results) => void;
  readonly #transaction: Transaction;
  readonly #client: pg.Client;
  readonly #cache: StatementCache;
  readonly #callbacks: CallCallbacks;
  #results: (readonly Row[])[] = [];
  #exchange: Exchange | undefined;
  #repeated = false;

  constructor(transaction: Transaction, client: pg.Client, cache: StatementCache, callbacks: CallCallbacks) {
    this.#transaction = transaction;
    this.#client = client;
    this.#cache = cache;
    this.#callbacks = callbacks;
    const { promise, resolve, reject } = Promise.withResolvers<Results>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** What PostgreSQL said last, if that was an error. */
  get lastWords(): string | undefined {
    const error = this.#exchange?.failure?.error;
    return error instanceof StatementError ? error.message : undefined;
  }

  begin(): void {
    this.#results = [];
    if (this.#transaction.scope === 'session') this.#sendSettings();
    else this.#send(0);
  }

  /** Gives the outcome of what was exchanged, now that PostgreSQL is ready; or lets the call be begun once more. */
  settle(): void {
    if (!this.#exchange) return;
    const { failure, repeatable } = this.#exchange;
    this.#exchange = undefined;
    if (repeatable && !this.#repeated) this.#repeated = true;
    else if (failure) this.fail(failure.error);
    else this.#succeed();
  }

  fail(error: unknown): void {
    this.#callbacks.ended();
    this.#reject(error);
  }

  /** Ends a call that PostgreSQL cannot cancel: one that has not begun, or that waits for the consumer of its rows. */
  interrupt(): void {
    if (this.#exchange) this.#exchange.interrupt(this.#client.connection);
    else this.fail(canceled(0));
  }

  handleParseComplete(): void {
    this.#exchange?.handleParseComplete();
  }

  handleBindComplete(): void {
    this.#exchange?.handleBindComplete();
  }

  #succeed(): void {
    this.#callbacks.ended();
    this.#resolve(this.#results);
  }

  #sendSettings(): void {
    const exchange: Exchange = this.#submit(0, 1, {
      // The others must never run without the settings, so they cannot be sent along.
      follow: () => undefined,
      ended: () => (exchange.failure ? this.#callbacks.exchanged() : this.#send(1)),
    });
  }

  #send(from: number): void {
    const { statements, rows } = this.#transaction;
    const { follow, exchanged: ended } = this.#callbacks;
    this.#submit(from, statements.length, { follow, ended }, rows);
  }

  #submit(from: number, to: number, callbacks: ExchangeCallbacks, rows?: RowConsumer): Exchange {
    const { statements } = this.#transaction;
    this.#exchange = new Exchange(
      { statements, from, to, results: this.#results, cache: this.#cache, rows },
      callbacks,
    );
    return this.#client.query(this.#exchange);
  }
}
