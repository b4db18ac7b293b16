import type { Figure } from '../report.ts';
import type { Answered } from '../router/load/requests.ts';
import { inTurn } from '../router/rounds.ts';
import { runLoad } from '../router/subject.ts';
import { startPool } from './pool.ts';
import { type CalleeStage, type Offer, openCalleeStage, procedureOf } from './stage.ts';

/**
 * Calls per second of a function, through the router and the Callee, against the same function called by a pool of node-postgres
 * with the same role and settings, and against a callee written by hand over such a pool.
 */
export async function throughput(): Promise<readonly Figure[]> {
  await using stage = await openCalleeStage(['callee', 'by-hand', 'by-hand-prepared']);
  await using single = await startPool(stage.bench, { inFlight: 1, statements: 'transaction' });
  await using pool = await startPool(stage.bench, { inFlight: 64, statements: 'transaction' });
  const found = await inTurn(
    {
      callee1: calls(stage, 'callee', 1),
      pool1: () => single.call(),
      callee64: calls(stage, 'callee', 64),
      pool64: () => pool.call(),
      byHand64: calls(stage, 'by-hand', 64),
      prepared64: calls(stage, 'by-hand-prepared', 64),
    },
    { rounds: 5, warm: 3 },
  );
  return [
    { what: 'one at a time: Callee', value: found.callee1, unit: '/s' },
    { what: 'one at a time: pool of node-postgres', value: found.pool1, unit: '/s' },
    { what: '64 at a time: Callee', value: found.callee64, unit: '/s' },
    { what: '64 at a time: pool of node-postgres', value: found.pool64, unit: '/s' },
    { what: '64 at a time: callee by hand over such a pool', value: found.byHand64, unit: '/s' },
    { what: '64 at a time: callee by hand with prepared statements', value: found.prepared64, unit: '/s' },
    { what: '64 at a time: Callee, of the pool', value: found.callee64 / found.pool64, unit: '×', atLeast: 2 },
    { what: '64 at a time: Callee, of one by hand', value: found.callee64 / found.byHand64, unit: '×', atLeast: 1.5 },
    { what: '64 at a time: Callee, of one with prepared ones', value: found.callee64 / found.prepared64, unit: '×' },
  ];
}

function calls({ router }: CalleeStage, offer: Offer, inFlight: number): () => Promise<Answered> {
  const load = { kind: 'procedure', procedure: procedureOf(offer), url: router.url, format: 'json' };
  return () => runLoad({ ...load, count: 60_000, inFlight });
}
