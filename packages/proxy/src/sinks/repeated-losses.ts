/** So many connections may end in a row over the same oldest message before it is blamed. */
const patience = 5;

/** Connections of a sink that ended in a row while the same message waited for the longest. */
export class RepeatedLosses {
  #oldest: string | undefined;
  #count = 0;

  /**
   * A connection has ended.
   *
   * @param oldest what waited for the longest.
   * @returns whether connections have ended too often over it.
   */
  blame(oldest: string | undefined): boolean {
    if (oldest === undefined) return false;
    this.#count = this.#oldest === oldest ? this.#count + 1 : 1;
    this.#oldest = oldest;
    return this.#count >= patience;
  }

  /** A message was confirmed. */
  acquit(name: string): void {
    if (name === this.#oldest) this.#oldest = undefined;
  }
}

/** By the options of the sinks: they outlive the connections. */
const known = new WeakMap<object, RepeatedLosses>();

/** The losses of a sink so far. */
export function lossesOf(options: object): RepeatedLosses {
  const losses = known.get(options) ?? new RepeatedLosses();
  known.set(options, losses);
  return losses;
}
