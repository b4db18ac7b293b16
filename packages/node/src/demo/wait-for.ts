import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two tries, and until it gives up. */
const pause = 20;
const patience = 15_000;

/**
 * Tries again and again until a probe gives something; a probe that throws has not found it yet.
 *
 * @param what what is waited for, as it stands in the error.
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
