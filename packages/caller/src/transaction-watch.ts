import type { Connection } from '@pgwamp/core/internal/postgres';

/** Milliseconds between two checks. */
const interval = 100;

/**
 * Detects the end of transactions of other sessions. Every transaction holds a lock on its own virtual id, which all
 * roles may see.
 *
 * @see https://www.postgresql.org/docs/current/view-pg-locks.html
 */
export class TransactionWatch {
  readonly #connection: Connection;
  readonly #watched = new Map<() => void, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Calls `onEnd` when a transaction has ended, unless disposed of before. */
  watch(transaction: string, onEnd: () => void): Disposable {
    this.#watched.set(onEnd, transaction);
    this.#timer ??= setTimeout(this.#look, interval);
    return { [Symbol.dispose]: () => this.#watched.delete(onEnd) };
  }

  readonly #look = async (): Promise<void> => {
    try {
      const ended = await this.#ended([...new Set(this.#watched.values())]);
      for (const [onEnd, transaction] of this.#watched) if (ended.has(transaction)) onEnd();
      this.#timer = this.#watched.size > 0 ? setTimeout(this.#look, interval) : undefined;
    } catch {
      // This only fails when the connection is lost, which other parts report.
    }
  };

  async #ended(transactions: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#connection.query<{ transaction: string }>(
      `SELECT transaction FROM unnest($1::text[]) AS transaction EXCEPT
       SELECT virtualtransaction FROM pg_locks WHERE locktype = 'virtualxid'`,
      [transactions],
    );
    return new Set(rows.map(({ transaction }) => transaction));
  }
}
