import { unlessAborted } from '@pgwamp/core/internal/component';

/** Something that is there at times, and can be waited for. */
export class Presence<Value> {
  #current: Value | undefined;
  #next = Promise.withResolvers<Value>();

  get current(): Value | undefined {
    return this.#current;
  }

  /** It is there. */
  arrive(value: Value): void {
    this.#current = value;
    this.#next.resolve(value);
  }

  /** It is gone. */
  leave(): void {
    this.#current = undefined;
    this.#next = Promise.withResolvers();
  }

  /** Waits until it is there; undefined when the signal aborts before. */
  async present(until: AbortSignal): Promise<Value | undefined> {
    if (until.aborted) return undefined;
    return unlessAborted(this.#next.promise, until).catch(() => undefined);
  }
}
