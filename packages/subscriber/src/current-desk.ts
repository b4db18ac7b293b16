import { StoppedError } from '@pgwamp/core';
import type { Desk } from '@pgwamp/core/internal/functions';

/** The desk that there is at the moment, or the hope for the next one. */
export class CurrentDesk {
  #desk: Desk | undefined;
  #next = Promise.withResolvers<Desk>();

  /** Undefined while PostgreSQL is away. */
  get desk(): Desk | undefined {
    return this.#desk;
  }

  /** There is one. */
  arrive(desk: Desk): void {
    this.#desk = desk;
    this.#next.resolve(desk);
  }

  /** There is none any more. */
  leave(): void {
    if (!this.#desk) return;
    this.#desk = undefined;
    this.#next = Promise.withResolvers();
  }

  /**
   * Waits until there is one that is not lost.
   *
   * @throws `StoppedError` when `until` aborts.
   */
  async present(until: AbortSignal): Promise<Desk> {
    if (until.aborted) throw new StoppedError();
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const end = () => reject(new StoppedError());
    until.addEventListener('abort', end, { once: true });
    try {
      return await Promise.race([this.#next.promise, ended]);
    } finally {
      until.removeEventListener('abort', end);
    }
  }
}
