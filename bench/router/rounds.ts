import { median } from '../report.ts';
import type { Answered } from './load/requests.ts';

/** A thing to measure, by name. */
export type Measurements<Name extends string> = Readonly<Record<Name, () => Promise<Answered>>>;

/**
 * Measures the candidates in turn and returns the median of several rounds, so that other load on the machine affects
 * all of them.
 *
 * @param warm warm-up rounds, which do not count: long-lived processes get faster for some seconds while V8 optimizes
 *   their code.
 */
export async function inTurn<Name extends string>(
  measure: Measurements<Name>,
  { rounds = 3, warm = 0 } = {},
): Promise<Record<Name, number>> {
  const names = Object.keys(measure) as Name[];
  const all = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warm; round < rounds; round++) {
    for (const name of names) {
      const { perSecond } = await measure[name]();
      if (round >= 0) all.get(name)?.push(perSecond);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(all.get(name) ?? [])])) as Record<Name, number>;
}
