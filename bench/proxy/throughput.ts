import { startProcess } from '@pgwamp/harness';
import { databaseConfiguration } from '../database.ts';
import type { Figure } from '../report.ts';
import { type BenchBroker, benchBrokers } from './brokers.ts';
import { openProxyDatabase, payload, rateOfProxy } from './stage.ts';

const control = new URL('../processes/broker-load.ts', import.meta.url).pathname;
const counts = { proxy: 50_000, library: 50_000, naive: 3000 };

/**
 * Confirmed messages a second to each broker that is installed, out of a log that is already there; against the same library fed from
 * memory with the same window, and against the naive loop of LISTEN, publish, await the confirmation.
 */
export async function throughput(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const broker of benchBrokers) {
    if (broker.isInstalled) figures.push(...(await measure(broker)));
    else console.log(`  left out, since its broker is not installed: ${broker.kind}`);
  }
  return figures;
}

async function measure({ kind, start, sink }: BenchBroker): Promise<Figure[]> {
  await using broker = await start();
  const { port } = broker;
  const library = await flood({ kind, port, count: counts.library, payload: JSON.stringify({ row: payload }) });
  const naive = await naiveLoop(kind, port);
  await using bench = await openProxyDatabase();
  const proxy = await rateOfProxy(bench, sink(port), counts.proxy);
  return [
    { what: `${kind}: the library, fed from memory`, value: library, unit: '/s' },
    { what: `${kind}: naive loop`, value: naive, unit: '/s' },
    { what: `${kind}: WAL to broker, confirmed`, value: proxy, unit: '/s' },
    { what: `${kind}: WAL to broker, of the library`, value: proxy / library, unit: '×', atLeast: 0.6 },
    { what: `${kind}: WAL to broker, of the naive loop`, value: proxy / naive, unit: '×', atLeast: 2 },
  ];
}

async function flood(options: object): Promise<number> {
  await using process = await startProcess(control, { args: [JSON.stringify(options)] });
  const { rate } = await process.waitFor((message) => 'rate' in message, 180_000);
  return rate as number;
}

async function naiveLoop(kind: string, port: number): Promise<number> {
  await using bench = await openProxyDatabase();
  const options = { kind, port, count: counts.naive, database: databaseConfiguration(bench) };
  await using process = await startProcess(control, { args: [JSON.stringify(options)] });
  await process.waitFor({ listening: true });
  const number = `SELECT pg_notify('orders', i || $1) FROM generate_series(1, ${counts.naive}) AS i`;
  await bench.connection.query(number, [payload]);
  const { rate } = await process.waitFor((message) => 'rate' in message, 180_000);
  return rate as number;
}
