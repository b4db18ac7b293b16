import { waitFor } from '@pgwamp/harness';

/**
 * Milliseconds from the end of a statement until a condition holds, in the middle of several tries: a machine that does much else at once
 * may make one late.
 *
 * @param tries their numbers, from 0, are told to the statement and to the condition.
 */
export async function usualTime(
  tries: number,
  statement: (index: number) => Promise<unknown>,
  holds: (index: number) => boolean | Promise<boolean>,
): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < tries; index += 1) {
    await statement(index);
    const begin = performance.now();
    await waitFor(() => holds(index), { what: `the effect of statement ${index}` });
    times.push(performance.now() - begin);
  }
  return times.toSorted((one, other) => one - other)[Math.floor(tries / 2)] ?? Number.NaN;
}
