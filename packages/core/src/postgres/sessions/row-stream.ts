import type { FrontendMessages } from './frontend-messages.ts';
import type { Row, RowConsumer } from './transaction.ts';

/** How many rows to ask for: at first, and at most. */
const rowsAtOnce = { first: 64, max: 1000 };
/** Bytes of rows to ask for together, judged by the rows before. */
const bytesAtOnce = 262_144;

/** The consumer failed, has enough, or wants more. */
export type Answer = { readonly error: unknown } | { readonly more: boolean };

/** Rows on their way to a consumer, as many together as it takes in time. */
export class RowStream {
  readonly #consumer: RowConsumer;
  #limit = rowsAtOnce.first;
  #bytes = 0;
  #waiting = false;

  constructor(consumer: RowConsumer) {
    this.#consumer = consumer;
  }

  /** Whether the consumer was offered rows, and has not answered. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Counts the bytes of a row. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Asks PostgreSQL for rows. */
  execute(messages: FrontendMessages): void {
    messages.execute(this.#limit);
    messages.flush();
  }

  /** Gives rows to the consumer, and returns its answer; undefined if that does not matter any more. */
  async offer(rows: readonly Row[]): Promise<Answer | undefined> {
    this.#adapt(rows.length);
    this.#waiting = true;
    const answer = await this.#ask(rows);
    if (!this.#waiting) return undefined;
    this.#waiting = false;
    return answer;
  }

  /** Waits for the consumer no longer. */
  stop(): void {
    this.#waiting = false;
  }

  async #ask(rows: readonly Row[]): Promise<Answer> {
    try {
      return { more: rows.length === 0 || (await this.#consumer(rows)) };
    } catch (error) {
      return { error };
    }
  }

  #adapt(rows: number): void {
    const fitting = Math.floor((rows * bytesAtOnce) / Math.max(1, this.#bytes));
    this.#limit = Math.max(1, Math.min(rowsAtOnce.max, fitting));
    this.#bytes = 0;
  }
}
