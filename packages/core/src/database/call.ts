import type pg from 'pg';
import { reason } from './client.ts';
import { Exchange } from './exchange.ts';
import type { StatementCache } from './statement-cache.ts';
import type { Results, Row, Transaction } from './transaction.ts';

/** What a call tells its worker. */
export interface CallCallbacks {
  /** Everything is sent; sends what shall follow in the same write. */
  readonly follow: (connection: pg.Connection) => void;
  /** The last exchange has ended. */
  readonly ended: () => void;
}

/** One transaction that a worker runs, from the first message to its outcome. */
export class Call {
  readonly outcome: Promise<Results>;
  readonly reject: (error: unknown) => void;
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
    this.reject = reject;
  }

  /** What is being exchanged with PostgreSQL. */
  get exchange(): Exchange | undefined {
    return this.#exchange;
  }

  /** What PostgreSQL said last, if that was an error. */
  get lastWords(): string | undefined {
    return this.#exchange?.failure && reason(this.#exchange.failure.error);
  }

  begin(): void {
    this.#results = [];
    if (this.#transaction.scope === 'session') this.#sendSettings();
    else this.#send(0);
  }

  /** Gives the outcome once PostgreSQL is ready again; false if the call is to be begun again. */
  settle(): boolean {
    const { failure, stale } = this.#exchange ?? {};
    this.#exchange = undefined;
    if (stale !== undefined && !this.#repeated) {
      this.#cache.forget(stale);
      this.#repeated = true;
      return false;
    }
    if (failure) this.reject(failure.error);
    else this.#resolve(this.#results);
    return true;
  }

  /** Ends a call that waits for the consumer of its rows. */
  interrupt(): void {
    this.#exchange?.interrupt(this.#client.connection);
  }

  #sendSettings(): void {
    const exchange: Exchange = this.#submit(0, 1, {
      // The others must never run without the settings, so they cannot be sent along.
      follow: () => undefined,
      ended: () => (exchange.failure ? this.#callbacks.ended() : this.#send(1)),
    });
  }

  #send(from: number): void {
    this.#submit(from, this.#transaction.statements.length, this.#callbacks, this.#transaction.rows);
  }

  #submit(from: number, to: number, callbacks: CallCallbacks, rows?: Transaction['rows']): Exchange {
    const { statements } = this.#transaction;
    const { follow, ended } = callbacks;
    const options = { statements, from, to, results: this.#results, cache: this.#cache, rows, follow, ended };
    this.#exchange = new Exchange(options);
    return this.#client.query(this.#exchange);
  }
}
