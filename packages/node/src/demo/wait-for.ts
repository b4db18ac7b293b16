import { setTimeout as delay } from 'node:timers/promises';

/** Interval in milliseconds between two attempts, and the time limit. */
const pause = 20;
const patience = 15_000;

/**
 * Calls a probe repeatedly until it returns a value; a probe that throws is tried again.
 *
 * @param what the awaited thing, for the error.
 */
export async function waitFor<Found>(
  what: string,
  probe: () => Promise<Found | undefined | false> | Found | undefined | false,
): Promise<Found> {
  let last: unknown;
  for (const end = performance.now() + patience; performance.now() < end; await delay(pause)) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`waited ${patience / 1000} s for ${what}`, { cause: last });
}
