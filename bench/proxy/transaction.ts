import { startRedis } from '@pgwamp/harness';
import type { Figure } from '../report.ts';
import { makeSlot, openProxyDatabase, startProxy, writeRows } from './stage.ts';

const rows = 1_000_000;
/** V8 lets the young generation grow to more than 100 MB where a machine has memory; within this limit it shows what the Proxy needs. */
const nodeOptions = '--max-semi-space-size=8';

/** The memory of a Proxy that delivers a million rows of one transaction to a stream of Redis that keeps the last thousand. */
export async function transaction(): Promise<readonly Figure[]> {
  await using broker = await startRedis('--appendonly', 'no', '--save', '');
  await using bench = await openProxyDatabase();
  const sink = { kind: 'redis', uri: `redis://127.0.0.1:${broker.port}`, max_length: 1000 };
  await makeSlot(bench, sink);
  await using process = await startProxy(bench, sink, rows, { nodeOptions });
  await process.waitFor({ running: true });
  const start = performance.now();
  await writeRows(bench, rows, rows);
  await process.waitFor((message) => 'confirmed' in message, 300_000);
  const seconds = (performance.now() - start) / 1000;
  const memory = await process.residentBytes();
  return [
    {
      what: '1,000,000 rows in one transaction, written and delivered',
      value: seconds,
      unit: 's',
    },
    ...(memory ? [{ what: 'resident memory, at most', value: memory.peak / 1e6, unit: 'MB', atMost: 250 }] : []),
  ];
}
