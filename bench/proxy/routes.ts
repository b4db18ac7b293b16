import { startRedis } from '@pgwamp/harness';
import type { Figure } from '../report.ts';
import { makeSlot, openProxyDatabase, throughputOfProxy } from './stage.ts';

const count = 50_000;
const others = 1000;

/** The cost of a thousand routes for other tables: messages per second with them, against one route alone. */
export async function routes(): Promise<readonly Figure[]> {
  const alone = await measure([]);
  const elsewhere = Array.from({ length: others }, (_, index) => ({
    from: 'changes',
    to: 'broker',
    tables: [`shop.table_${index}`],
    destination: 'elsewhere',
  }));
  const many = await measure(elsewhere);
  return [
    { what: 'with one route', value: alone, unit: '/s' },
    { what: 'with 1,000 more', value: many, unit: '/s' },
    { what: 'with 1,000 more, of one alone', value: many / alone, unit: '×', atLeast: 0.85 },
  ];
}

async function measure(routes: readonly object[]): Promise<number> {
  await using broker = await startRedis();
  await using bench = await openProxyDatabase();
  const sink = { kind: 'redis', uri: `redis://127.0.0.1:${broker.port}` };
  await makeSlot(bench, sink);
  return (await throughputOfProxy(bench, sink, count, routes)).rate;
}
