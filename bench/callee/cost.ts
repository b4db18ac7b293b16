import { processorTime } from '../processor-time.ts';
import { type Figure, median } from '../report.ts';
import { runLoad } from '../router/subject.ts';
import { type PoolProcess, startPool } from './pool.ts';
import { type CalleeStage, type Offer, openCalleeStage, procedureOf } from './stage.ts';

const offers = ['callee', 'by-hand-prepared', 'bare-query'] as const;
const names = {
  callee: 'Callee',
  'by-hand-prepared': 'callee by hand with prepared statements',
  'bare-query': 'callee by hand that sends a bare query',
  pool: 'pool of node-postgres',
};
type Name = keyof typeof names;
const rounds = 5;

/** Microseconds of processor time that a call takes. */
interface Cost {
  readonly postgres: number;
  readonly process: number;
}

/**
 * The processor time of a call, 64 at a time: in PostgreSQL, and in the process of the callee or of the pool. It hardly depends on
 * other work of the machine.
 */
export async function cost(): Promise<readonly Figure[]> {
  await using stage = await openCalleeStage(offers);
  await using pool = await startPool(stage.bench, { inFlight: 64, statements: 'transaction' });
  const found = new Map<Name, Cost[]>();
  for (let round = -1; round < rounds; round += 1) {
    for (const name of Object.keys(names) as Name[]) {
      const cost = await costOf(stage, name, pool);
      // The first round warms up.
      if (round >= 0) found.set(name, [...(found.get(name) ?? []), cost]);
    }
  }
  const figures = [...found].map(([name, costs]) => ({
    name,
    postgres: median(costs.map(({ postgres }) => postgres)),
    process: median(costs.map(({ process }) => process)),
  }));
  const whole = (wanted: Name) => {
    const found = figures.find(({ name }) => name === wanted);
    return found ? found.postgres + found.process : 0;
  };
  return [
    ...figures.flatMap(({ name, postgres, process }) => [
      { what: `${names[name]}: in PostgreSQL`, value: postgres, unit: 'µs' },
      { what: `${names[name]}: in its process`, value: process, unit: 'µs' },
    ]),
    { what: 'pool of node-postgres, of the Callee', value: whole('pool') / whole('callee'), unit: '×' },
  ];
}

async function costOf({ bench, router, processes }: CalleeStage, name: Name, pool: PoolProcess): Promise<Cost> {
  const application = name === 'callee' ? 'pgwamp callee %pool' : name;
  const { rows } = await bench.connection.query('SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1', [
    application,
  ]);
  const backends = rows.map(({ pid }) => pid as number);
  const pids = [name === 'pool' ? pool.pid : (processes.get(name) ?? 0)];
  const before = { postgres: await processorTime(backends), process: await processorTime(pids) };
  const answered = name === 'pool' ? (await pool.call()).answered : await callThroughRouter(name, router.url);
  return {
    postgres: ((await processorTime(backends)) - before.postgres) / (answered ?? 0),
    process: ((await processorTime(pids)) - before.process) / (answered ?? 0),
  };
}

async function callThroughRouter(offer: Offer, url: string): Promise<number | undefined> {
  const load = { kind: 'procedure', procedure: procedureOf(offer), url, format: 'json' };
  return (await runLoad({ ...load, count: 10_000, inFlight: 64 })).answered;
}
