import { StoppedError } from '@pgwamp/core';
import type { FunctionHost } from '@pgwamp/core/internal/functions';

/** The host that there is at the moment, or the hope for the next one. */
export class CurrentHost {
  #host: FunctionHost | undefined;
  #next = Promise.withResolvers<FunctionHost>();

  /** Undefined while PostgreSQL is away. */
  get host(): FunctionHost | undefined {
    return this.#host;
  }

  /** There is one. */
  arrive(host: FunctionHost): void {
    this.#host = host;
    this.#next.resolve(host);
  }

  /** There is none any more. */
  leave(): void {
    if (!this.#host) return;
    this.#host = undefined;
    this.#next = Promise.withResolvers();
  }

  /**
   * Waits until there is one that is not lost.
   *
   * @throws `StoppedError` when `until` aborts.
   */
  async present(until: AbortSignal): Promise<FunctionHost> {
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
