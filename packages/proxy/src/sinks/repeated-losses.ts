/** Limit of consecutive connections that end with the same oldest message before it is blamed. */
const patience = 5;

/** Counts consecutive connections of a sink that ended while the same message was the oldest. */
export class RepeatedLosses {
  #oldest: string | undefined;
  #count = 0;

  /**
   * Notes the end of a connection.
   *
   * @param oldest the oldest unconfirmed message.
   * @returns whether connections have ended too often with it.
   */
  blame(oldest: string | undefined): boolean {
    if (oldest === undefined) return false;
    this.#count = this.#oldest === oldest ? this.#count + 1 : 1;
    this.#oldest = oldest;
    return this.#count >= patience;
  }

  /** Notes that a message was confirmed. */
  acquit(name: string): void {
    if (name === this.#oldest) this.#oldest = undefined;
  }
}

/** By the options object of the sink, since it outlives the connections. */
const known = new WeakMap<object, RepeatedLosses>();

/** The losses of a sink so far. */
export function lossesOf(options: object): RepeatedLosses {
  const losses = known.get(options) ?? new RepeatedLosses();
  known.set(options, losses);
  return losses;
}
