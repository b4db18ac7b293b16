import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses between tries, each up to twice as long as the one before. */
export interface Backoff {
  /** Waits for the next pause; returns early, without an error, when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
  /** Begins again with the first pause: the last try was a success. */
  reset(): void;
}

/**
 * Pauses that double, with jitter: each is drawn from the upper half of its length, so that many clients of one
 * server do not come back all at once.
 *
 * @param bounds milliseconds of the first pause and of the longest.
 */
export function backoff(bounds: { readonly first: number; readonly most: number }): Backoff {
  let length = bounds.first;
  return {
    async wait(signal) {
      const pause = length * (0.5 + Math.random() / 2);
      length = Math.min(length * 2, bounds.most);
      await sleep(pause, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    reset() {
      length = bounds.first;
    },
  };
}
