import type { FrontendMessages } from './frontend-messages.ts';
import type { Row, RowConsumer } from './transaction.ts';

/** Number of rows to request: initially, and at most. */
const rowsAtOnce = { first: 64, max: 1000 };
/** Target size of one portion of rows in bytes, estimated from the previous rows. */
const bytesAtOnce = 262_144;

/** The consumer's answer: it failed, or it wants more rows or not. */
export type Answer = { readonly error: unknown } | { readonly more: boolean };

/** Streams rows to a consumer. The size of the portions adapts to the size of the rows. */
export class RowStream {
  readonly #consumer: RowConsumer;
  #limit = rowsAtOnce.first;
  #bytes = 0;
  #waiting = false;

  constructor(consumer: RowConsumer) {
    this.#consumer = consumer;
  }

  /** Whether the consumer has not yet answered to the latest rows. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Adds the size of a row in bytes. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Requests rows from PostgreSQL. */
  execute(messages: FrontendMessages): void {
    messages.execute(this.#limit);
    messages.flush();
  }

  /** Passes rows to the consumer and returns its answer; undefined if the stream was stopped meanwhile. */
  async offer(rows: readonly Row[]): Promise<Answer | undefined> {
    this.#adapt(rows.length);
    this.#waiting = true;
    const answer = await this.#ask(rows);
    if (!this.#waiting) return undefined;
    this.#waiting = false;
    return answer;
  }

  /** Stops waiting for the consumer. */
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
