import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { withDeadline } from './deadline.ts';

type Falsy = false | 0 | 0n | '' | null | undefined;

/** The options of {@link waitFor}. */
export interface WaitOptions {
  /** The awaited condition, for the error: "the slot to be active". */
  readonly what: string;
  /** The time limit in milliseconds; default: 10 seconds. */
  readonly deadline?: number;
}

const pollInterval = 5;

/**
 * Calls `probe` repeatedly until it returns a truthy value, and returns that. A probe that throws counts as "not yet".
 *
 * @throws Error that contains `what` and the last value or error of the probe, when the deadline has passed
 */
export async function waitFor<T>(probe: () => T | Promise<T>, options: WaitOptions): Promise<Exclude<T, Falsy>> {
  const { what, deadline = 10_000 } = options;
  const end = performance.now() + deadline;
  let last = 'the probe has not returned';
  let cause: unknown;
  while (performance.now() < end) {
    try {
      const value = await withDeadline(Promise.resolve(probe()), Math.ceil(end - performance.now()), 'the probe');
      if (value) return value as Exclude<T, Falsy>;
      last = `last value: ${inspect(value)}`;
      cause = undefined;
    } catch (error) {
      last = `last error: ${error instanceof Error ? error.message : inspect(error)}`;
      cause = error;
    }
    await delay(pollInterval);
  }
  throw new Error(`waited ${deadline} ms for ${what}; ${last}`, { cause });
}
