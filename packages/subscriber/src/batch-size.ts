/** Events that one transaction handles at most. */
const limit = 256;
/** Milliseconds that a transaction should last: long enough for many fast handlers, short enough for the locks that it holds. */
const duration = 20;

/** Adapts the number of events that a transaction handles to its duration: many of a fast handler, one of a slow one. */
export class BatchSize {
  readonly #now: () => number;
  #size = 1;

  /** @param now the time in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** How many events a transaction may handle. */
  get size(): number {
    return this.#size;
  }

  /**
   * How many of so many events to handle in the next transaction. It is a power of two, so that there are few different statements to
   * prepare.
   */
  of(events: number): number {
    return 2 ** Math.floor(Math.log2(Math.max(1, Math.min(events, this.#size))));
  }

  /** Runs a transaction of so many events, and adapts to it. */
  async measure<Result>(events: number, run: () => Promise<Result>): Promise<Result> {
    const begin = this.#now();
    const result = await run();
    const each = (this.#now() - begin) / events;
    this.#size = Math.max(1, Math.min(limit, Math.floor(duration / each)));
    return result;
  }
}
