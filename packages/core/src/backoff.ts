import { setTimeout as sleep } from 'node:timers/promises';

/** Pauses between attempts. Each pause is up to twice as long as the previous one. */
export interface Backoff {
  /**
   * Waits for the next pause; returns early, without an error, when the signal aborts.
   *
   * @param begin is called with the length of the pause in milliseconds.
   */
  wait(signal: AbortSignal, begin?: (milliseconds: number) => void): Promise<void>;
  /** Starts again with the first pause, because the last attempt was successful. */
  reset(): void;
}

/**
 * Creates pauses that double, with jitter: each pause is a random time between half of its length and its length. This
 * prevents many clients of one server from reconnecting at the same time.
 *
 * @param bounds the first pause and the longest pause, in milliseconds.
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
