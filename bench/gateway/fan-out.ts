import { openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';
import { startLoad, subjects } from './subjects.ts';

const sockets = 5000;
const rounds = 15;

/** Milliseconds from a NOTIFY until the last of 5,000 sockets has it. */
export async function fanOut(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const figures: Figure[] = [];
  for (const open of subjects(bench)) {
    await using subject = await open();
    await using load = await startLoad(subject, { sockets, frames: 1 });
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.timeOrigin + performance.now();
      await bench.connection.query(`SELECT pg_notify('bench', $1)`, [`round ${round}`]);
      const { at } = await load.waitFor(({ last }) => last === `round ${round}`, 60_000);
      if (round > 2) times.push((at as number) - start);
    }
    figures.push({
      what: `1 to ${sockets} sockets, the last one, by ${subject.name}`,
      value: median(times),
      unit: 'ms',
    });
  }
  const [own, sketch, eventserv] = figures.map(({ value }) => value);
  if (own === undefined || sketch === undefined) return figures;
  return [
    ...figures,
    { what: 'pgwamp, of plain ws + pg', value: own / sketch, unit: '×' },
    ...(eventserv ? [{ what: 'pgwamp, of pg_eventserv', value: own / eventserv, unit: '×', atMost: 0.7 }] : []),
  ];
}
