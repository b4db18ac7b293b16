/** Events that one transaction handles at most. */
const most = 256;
/** Milliseconds that a transaction should last: long enough for many fast handlers, short enough for the locks that it holds. */
const lasting = 20;

/** Finds out how many events a transaction may handle so that it stays short: many of a fast handler, one of a slow one. */
export class BatchSize {
  #batch = 1;

  /** So many at once. */
  get batch(): number {
    return this.#batch;
  }

  /** Runs a transaction of so many events, and learns from it. */
  async measure<Result>(events: number, run: () => Promise<Result>): Promise<Result> {
    const begin = performance.now();
    const result = await run();
    const each = (performance.now() - begin) / events;
    this.#batch = Math.max(1, Math.min(most, Math.floor(lasting / each)));
    return result;
  }
}
