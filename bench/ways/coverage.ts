import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../report.ts';

const rounds = 12;
/** Milliseconds in which what follows an answer is done, such as the clean-up of a session. */
const aftermath = 40;

interface Way {
  readonly files: number;
  readonly functions: number;
}

/**
 * How many files and functions of this repository's packages one operation runs, as V8 counts them: the fewest of some rounds, since a timer or a
 * garbage collection adds what is not on the way.
 */
export async function filesAndFunctions(name: string, act: () => Promise<unknown>): Promise<readonly Figure[]> {
  using inspector = connect();
  await inspector.session.post('Profiler.enable');
  for (let warm = 0; warm < 5; warm += 1) await act();
  await sleep(10 * aftermath);
  const ways: Way[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await inspector.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await act();
    await sleep(aftermath);
    const { result } = await inspector.session.post('Profiler.takePreciseCoverage');
    await inspector.session.post('Profiler.stopPreciseCoverage');
    const counts = result
      .filter(({ url }) => /\/packages\/(?!harness)\w+\/src\//.test(url))
      .map(({ functions }) => functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).length)
      .filter((count) => count > 0);
    ways.push({ files: counts.length, functions: counts.reduce((sum, count) => sum + count, 0) });
  }
  const [shortest] = ways.toSorted((one, other) => one.functions - other.functions);
  return [
    { what: `${name}: files`, value: shortest?.files ?? Number.NaN, unit: '' },
    { what: `${name}: functions`, value: shortest?.functions ?? Number.NaN, unit: '' },
  ];
}

function connect() {
  const session = new Session();
  session.connect();
  return { session, [Symbol.dispose]: () => session.disconnect() };
}
