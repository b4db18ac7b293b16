/** Maximum number of events in one transaction. */
const limit = 256;
/**
 * Target duration of a transaction in milliseconds: long enough for many fast handlers, short enough for the locks that
 * it holds.
 */
const duration = 20;

/**
 * Adapts the number of events in a transaction to the speed of the handler: many for a fast handler, one for a slow
 * one.
 */
export class BatchSize {
  readonly #now: () => number;
  #size = 1;

  /** @param now a clock in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Number of events that a transaction may handle. */
  get size(): number {
    return this.#size;
  }

  /**
   * Returns how many of the waiting events to handle in the next transaction. It is a power of two, to limit the number
   * of different prepared statements.
   */
  of(events: number): number {
    return 2 ** Math.floor(Math.log2(Math.max(1, Math.min(events, this.#size))));
  }

  /** Runs a transaction with a number of events, and adapts the size to its duration. */
  async measure<Result>(events: number, run: () => Promise<Result>): Promise<Result> {
    const begin = this.#now();
    const result = await run();
    const each = (this.#now() - begin) / events;
    this.#size = Math.max(1, Math.min(limit, Math.floor(duration / each)));
    return result;
  }
}
