import { type Figure, median, percentile } from '../report.ts';
import type { Answered } from '../router/load/requests.ts';
import { runLoad } from '../router/subject.ts';
import { startPool } from './pool.ts';
import { type CalleeStage, type Offer, openCalleeStage, procedureOf } from './stage.ts';

/** Short ones, and many: a machine that others use as well is slow for seconds at a time. */
const rounds = 15;
const count = 5000;
const offers = ['callee', 'bare-query', 'echo'] as const;

/**
 * The latency that PostgreSQL adds to sequential calls: the Callee against a callee without a database, and against a bare query, which a callee
 * by hand sends for each call, or a loop that does nothing else. The loop keeps its two processes awake, which halves its time.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using stage = await openCalleeStage(offers);
  await using pool = await startPool(stage.bench, { inFlight: 1, statements: 'query' });
  const found: Record<'callee' | 'bare-query' | 'echo' | 'query', number[]> = {
    callee: [],
    'bare-query': [],
    echo: [],
    query: [],
  };
  for (const offer of offers) await warmUp(stage, offer);
  for (let round = 0; round < 3; round += 1) await pool.call();
  for (let round = 0; round < rounds; round += 1) {
    for (const offer of offers) found[offer].push(middle(await call(stage, offer)));
    found.query.push(middle(await pool.call()));
  }
  const [callee, control, echo, bare] = [found.callee, found['bare-query'], found.echo, found.query].map(median) as [
    number,
    number,
    number,
    number,
  ];
  return [
    { what: 'Callee, p50', value: callee, unit: 'ms' },
    { what: 'echo in Node through the same router, p50', value: echo, unit: 'ms' },
    { what: 'bare query of node-postgres by that router, p50', value: control, unit: 'ms' },
    { what: 'bare query of node-postgres in a loop, p50', value: bare, unit: 'ms' },
    {
      what: 'what the Callee adds to the echo, of what the bare query adds',
      value: (callee - echo) / (control - echo),
      unit: '×',
    },
    {
      what: 'what the Callee adds to the echo, of the bare query in a loop',
      value: (callee - echo) / bare,
      unit: '×',
      atMost: 1.3,
    },
  ];
}

function middle({ latencies }: Answered): number {
  return percentile(latencies.slice(latencies.length / 3), 0.5);
}

/** Processes that stay get faster for some seconds, as V8 learns their code; with one call at a time that would take minutes. */
async function warmUp(stage: CalleeStage, offer: Offer): Promise<void> {
  for (let round = 0; round < 3; round += 1) await call(stage, offer, { count: 60_000, inFlight: 64 });
}

function call({ router }: CalleeStage, offer: Offer, load = { count, inFlight: 1 }): Promise<Answered> {
  return runLoad({ kind: 'procedure', procedure: procedureOf(offer), url: router.url, format: 'json', ...load });
}
