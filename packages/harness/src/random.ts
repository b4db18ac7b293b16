import { randomInt } from 'node:crypto';

/** Returns a random number from `min` to `max`. */
export type Draw = (min: number, max: number) => number;

/** Runs a test with pseudo-random numbers, and reports the seed if it fails; FAULT_SEED repeats a run. */
export async function withSeed(test: (draw: Draw) => Promise<void>): Promise<void> {
  const seed = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));
  try {
    await test(drawFrom(seed));
  } catch (cause) {
    throw new Error(`${(cause as Error).message} (FAULT_SEED=${seed})`, { cause });
  }
}

/** The generator "mulberry32". */
function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (min, max) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    return min + Math.floor(fraction * (max - min + 1));
  };
}
