import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses between attempts, each up to twice as long as the one before. */
export interface Backoff {
  /**
   * Waits for the next pause; returns early, without an error, when the signal aborts.
   *
   * @param begin is told how many milliseconds it will take.
   */
  wait(signal: AbortSignal, begin?: (milliseconds: number) => void): Promise<void>;
  /** Begins again with the first pause: the last attempt was a success. */
  reset(): void;
}

/**
 * Pauses that double, with jitter: each is drawn from the upper half of its length, so that many clients of one
 * server do not come back all at once.
 *
 * @param bounds milliseconds of the first pause and of the longest.
 */
export function backoff(bounds: { readonly first: number; readonly max: number }): Backoff {
  let length = bounds.first;
  return {
    async wait(signal, begin) {
      const pause = length * (0.5 + Math.random() / 2);
      length = Math.min(length * 2, bounds.max);
      begin?.(pause);
      await sleep(pause, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    reset() {
      length = bounds.first;
    },
  };
}
