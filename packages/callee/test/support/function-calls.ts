import { Session } from 'node:inspector/promises';

/** The number of calls of functions of this repository's packages meanwhile. */
export async function functionCalls(work: () => Promise<unknown>): Promise<number> {
  using inspector = connect();
  await inspector.session.post('Profiler.enable');
  await inspector.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await inspector.session.post('Profiler.takePreciseCoverage');
  const own = result.filter(({ url }) => /\/packages\/\w+\/src\//.test(url));
  const counts = own.flatMap(({ functions }) => functions.map(({ ranges }) => ranges[0]?.count ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

function connect() {
  const session = new Session();
  session.connect();
  return { session, [Symbol.dispose]: () => session.disconnect() };
}
