import { setTimeout as delay } from 'node:timers/promises';

/** One thing that an example shows, and how that is proved: it returns a remark, or throws. */
export interface Step<Stage> {
  readonly claim: string;
  prove(stage: Stage): Promise<string>;
}

/**
 * Proves steps one after the other, up to the first that fails; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function proveAll<Stage>(steps: readonly Step<Stage>[], stage: Stage): Promise<boolean> {
  for (const { claim, prove } of steps) {
    try {
      console.log(`ok   ${claim}: ${await prove(stage)}`);
    } catch (error) {
      console.log(`FAIL ${claim}: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }
  return true;
}

/** Milliseconds that a step waits for one thing, as long as Playwright waits by itself. */
const deadline = 30_000;

/**
 * Tries again and again until a probe gives something; a probe that throws counts as "not yet".
 *
 * @param what is waited for, as it stands in the error after {@link deadline}
 */
export async function waitFor<Found>(
  what: string,
  probe: () => Promise<Found | undefined | false> | Found | undefined | false,
): Promise<Found> {
  let last: unknown;
  for (const end = performance.now() + deadline; performance.now() < end; await delay(20)) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`waited in vain for ${what}`, { cause: last });
}
