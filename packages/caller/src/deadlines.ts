/** Milliseconds between two checks. */
const interval = 50;

/** A call that ends at its deadline. */
export interface Expiring {
  expire(): void;
}

/**
 * The deadlines of calls. They pass up to two intervals late. One timer checks all of them: a timer for each call took
 * a twentieth of the time of the Caller for a set of calls.
 */
export class Deadlines {
  /** The check at which each call expires. */
  readonly #checks = new Map<Expiring, number>();
  /** Number of checks so far. */
  #count = 0;
  #running = false;
  readonly #timer = setTimeout(() => this.#check(), interval).unref();

  /** Sets the deadline of a call, or moves it. */
  set(call: Expiring, milliseconds: number): void {
    // The first check may follow at once.
    this.#checks.set(call, this.#count + 1 + Math.ceil(milliseconds / interval));
    if (this.#running) return;
    this.#running = true;
    this.#timer.refresh();
  }

  delete(call: Expiring): void {
    this.#checks.delete(call);
  }

  #check(): void {
    this.#count += 1;
    for (const [call, check] of this.#checks) {
      if (check > this.#count) continue;
      this.#checks.delete(call);
      call.expire();
    }
    this.#running = this.#checks.size > 0;
    if (this.#running) this.#timer.refresh();
  }
}
