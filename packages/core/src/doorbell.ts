/** Wakes one waiting task. A ring without a waiting task is stored for the next one. */
export class Doorbell {
  #rung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#answer?.();
  }

  /** Resolves at the next ring, or after `timeout` milliseconds. Only one task may wait at a time. */
  async wait(timeout?: number): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#answer = resolve;
      const timer = timeout === undefined ? undefined : setTimeout(resolve, timeout);
      await promise;
      clearTimeout(timer);
    }
    this.#rung = false;
    this.#answer = undefined;
  }

  /** Rings when the signal aborts, until disposed of. */
  ringOn(signal: AbortSignal): Disposable {
    const ring = () => this.ring();
    if (signal.aborted) ring();
    signal.addEventListener('abort', ring);
    return { [Symbol.dispose]: () => signal.removeEventListener('abort', ring) };
  }
}
