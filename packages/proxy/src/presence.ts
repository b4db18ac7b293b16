import { unlessAborted } from '@pgwamp/core/internal/component';

/** A value that exists at times and can be awaited. */
export class Presence<Value> {
  #current: Value | undefined;
  #next = Promise.withResolvers<Value>();

  get current(): Value | undefined {
    return this.#current;
  }

  /** Sets the value. */
  arrive(value: Value): void {
    this.#current = value;
    this.#next.resolve(value);
  }

  /** Removes the value. */
  leave(): void {
    this.#current = undefined;
    this.#next = Promise.withResolvers();
  }

  /** Waits for the value; undefined if the signal aborts first. */
  async present(until: AbortSignal): Promise<Value | undefined> {
    if (until.aborted) return undefined;
    return unlessAborted(this.#next.promise, until).catch(() => undefined);
  }
}
