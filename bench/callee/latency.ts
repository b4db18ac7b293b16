import { startProcess } from '@pgwamp/harness';
import { databaseConfiguration } from '../database.ts';
import { type Figure, median, percentile } from '../report.ts';
import type { Answered } from '../router/load/requests.ts';
import { runLoad } from '../router/subject.ts';
import { type CalleeStage, type Offer, openCalleeStage, procedureOf } from './stage.ts';

const poolProcess = new URL('../processes/pool-load.ts', import.meta.url).pathname;
/** Short ones, and many: a machine that others use as well is slow for seconds at a time. */
const rounds = 15;
const count = 5000;

/** What PostgreSQL adds to a call, one at a time: the Callee against a callee without a database, and against a bare query. */
export async function latency(): Promise<readonly Figure[]> {
  await using stage = await openCalleeStage(['callee', 'echo']);
  const found: Record<'callee' | 'echo' | 'query', number[]> = { callee: [], echo: [], query: [] };
  for (const offer of ['callee', 'echo'] as const) await warmUp(stage, offer);
  for (let round = 0; round < rounds; round += 1) {
    found.callee.push(middle(await call(stage, 'callee')));
    found.echo.push(middle(await call(stage, 'echo')));
    found.query.push(middle(await query(stage)));
  }
  const [callee, echo, bare] = [median(found.callee), median(found.echo), median(found.query)];
  return [
    { what: 'Callee, p50', value: callee, unit: 'ms' },
    { what: 'echo in Node through the same router, p50', value: echo, unit: 'ms' },
    { what: 'bare query of node-postgres, p50', value: bare, unit: 'ms' },
    {
      what: 'what the Callee adds to the echo, of the bare query',
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

async function query({ bench }: CalleeStage): Promise<Answered> {
  const options = { database: databaseConfiguration(bench), inFlight: 1, statements: 'query' };
  await using process = await startProcess(poolProcess, { args: [JSON.stringify(options)] });
  return (await process.waitFor({ done: true })) as unknown as Answered;
}
