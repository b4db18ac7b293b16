import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../report.ts';

const rounds = 12;
/** Milliseconds in which what follows an answer is done, such as the clean-up of a session. */
const aftermath = 40;

interface Way {
  readonly files: number;
  readonly functions: number;
  /** Its files, with the functions of each and how often they ran. */
  readonly list: readonly string[];
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
  await inspector.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const ways: Way[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each reading of the counts blocks and resets them. Without a pause of any length, the timers that it delays would run in each round.
    await sleep(Math.random() * 10 * aftermath);
    await inspector.session.post('Profiler.takePreciseCoverage');
    await act();
    await sleep(aftermath);
    const { result } = await inspector.session.post('Profiler.takePreciseCoverage');
    const files = result
      .filter(({ url }) => /\/packages\/(?!harness)\w+\/src\//.test(url))
      .map(({ url, functions }) => ({
        path: url.replace(/.*\/packages\//, ''),
        names: functions
          .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
          .map(
            ({ functionName, ranges }) =>
              `${functionName || 'anonymous'}@${ranges[0]?.startOffset} x${ranges[0]?.count}`,
          ),
      }))
      .filter(({ names }) => names.length > 0);
    ways.push({
      files: files.length,
      functions: files.reduce((sum, { names }) => sum + names.length, 0),
      list: files.map(({ path, names }) => `${path}: ${names.join(', ')}`),
    });
  }
  const [shortest] = ways.toSorted((one, other) => one.functions - other.functions);
  if (process.env.BENCH_WAYS === 'list') for (const line of shortest?.list ?? []) console.log(line);
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
