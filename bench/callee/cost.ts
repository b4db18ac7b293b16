import { processorTime } from '../processor-time.ts';
import { type Figure, median } from '../report.ts';
import { runLoad } from '../router/subject.ts';
import { type CalleeStage, type Offer, openCalleeStage, procedureOf } from './stage.ts';

const offers = ['callee', 'by-hand-prepared', 'bare-query'] as const;
const names = {
  callee: 'Callee',
  'by-hand-prepared': 'callee by hand with prepared statements',
  'bare-query': 'callee by hand that sends a bare query',
};
const rounds = 5;

/** Microseconds of processor time that a call takes. */
interface Cost {
  readonly postgres: number;
  readonly callee: number;
}

/** The processor time of a call, 64 at a time: in PostgreSQL and in the process of the callee. It hardly depends on other work of the machine. */
export async function cost(): Promise<readonly Figure[]> {
  await using stage = await openCalleeStage(offers);
  const found = new Map<Offer, Cost[]>(offers.map((offer) => [offer, []]));
  for (const offer of offers) await costOf(stage, offer);
  for (let round = 0; round < rounds; round += 1) {
    for (const offer of offers) found.get(offer)?.push(await costOf(stage, offer));
  }
  return offers.flatMap((offer) => {
    const costs = found.get(offer) ?? [];
    return [
      { what: `${names[offer]}: in PostgreSQL`, value: median(costs.map(({ postgres }) => postgres)), unit: 'µs' },
      { what: `${names[offer]}: in its process`, value: median(costs.map(({ callee }) => callee)), unit: 'µs' },
    ];
  });
}

async function costOf({ bench, router, processes }: CalleeStage, offer: Offer): Promise<Cost> {
  const application = offer === 'callee' ? 'pgwamp callee %pool' : offer;
  const { rows } = await bench.connection.query('SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1', [
    application,
  ]);
  const backends = rows.map(({ pid }) => pid as number);
  const callee = [processes.get(offer) ?? 0];
  const before = { postgres: await processorTime(backends), callee: await processorTime(callee) };
  const count = 10_000;
  const load = { kind: 'procedure', procedure: procedureOf(offer), url: router.url, format: 'json' };
  const { answered = 0 } = await runLoad({ ...load, count, inFlight: 64 });
  return {
    postgres: ((await processorTime(backends)) - before.postgres) / answered,
    callee: ((await processorTime(callee)) - before.callee) / answered,
  };
}
