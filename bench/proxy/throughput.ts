import { startProcess } from '@pgwamp/harness';
import type { BenchDatabase } from '../database.ts';
import { databaseConfiguration } from '../database.ts';
import { type Figure, median, type Part } from '../report.ts';
import { type BenchBroker, benchBrokers } from './brokers.ts';
import { makeSlot, message, openProxyDatabase, payload, type Throughput, throughputOfProxy } from './stage.ts';

const control = new URL('../processes/broker-load.ts', import.meta.url).pathname;
const counts = { proxy: 30_000, library: 30_000, naive: 2000 };
const count = 3;

/**
 * Confirmed messages a second to each broker, out of a log that is already there; against the same library fed from memory with the same
 * window and the same messages, and against the naive loop of LISTEN, publish, await the confirmation. Medians of rounds in which each has its turn.
 */
export const throughput: Readonly<Record<string, Part>> = Object.fromEntries(
  benchBrokers.map((broker) => [broker.kind, () => measure(broker)]),
);

async function measure({ kind, start, sink, isInstalled }: BenchBroker): Promise<readonly Figure[]> {
  if (!isInstalled) {
    console.log('  left out, since its broker is not installed');
    return [];
  }
  await using broker = await start();
  const { port } = broker;
  await using bench = await openProxyDatabase();
  await makeSlot(bench, sink(port));
  const rounds = { library: [] as Throughput[], naive: [] as number[], proxy: [] as Throughput[] };
  for (let round = 0; round < count; round += 1) {
    rounds.library.push(await flood({ kind, port, count: counts.library, payload: message }));
    rounds.naive.push(await naiveLoop(bench, kind, port));
    rounds.proxy.push(await throughputOfProxy(bench, sink(port), counts.proxy));
  }
  const rateOf = (rounds: readonly Throughput[]) => median(rounds.map(({ rate }) => rate));
  const timeOf = (rounds: readonly Throughput[]) => median(rounds.map(({ processorTime }) => processorTime));
  const [library, proxy] = [rateOf(rounds.library), rateOf(rounds.proxy)];
  const [libraryTime, proxyTime] = [timeOf(rounds.library), timeOf(rounds.proxy)];
  const naive = median(rounds.naive);
  return [
    { what: `${kind}: the library, fed from memory`, value: library, unit: '/s' },
    { what: `${kind}: naive loop`, value: naive, unit: '/s' },
    { what: `${kind}: WAL to broker, confirmed`, value: proxy, unit: '/s' },
    { what: `${kind}: WAL to broker, of the library`, value: proxy / library, unit: '×', atLeast: 0.6 },
    { what: `${kind}: the library, processor time a message`, value: libraryTime, unit: 'µs' },
    { what: `${kind}: WAL to broker, processor time a message`, value: proxyTime, unit: 'µs' },
    { what: `${kind}: WAL to broker, of the naive loop`, value: proxy / naive, unit: '×', atLeast: 2 },
  ];
}

async function flood(options: object): Promise<Throughput> {
  await using process = await startProcess(control, { args: [JSON.stringify(options)] });
  const { rate, processorTime } = await process.waitFor((message) => 'rate' in message, 180_000);
  return { rate: Number(rate), processorTime: Number(processorTime) };
}

async function naiveLoop(bench: BenchDatabase, kind: string, port: number): Promise<number> {
  const options = { kind, port, count: counts.naive, database: databaseConfiguration(bench) };
  await using process = await startProcess(control, { args: [JSON.stringify(options)] });
  await process.waitFor({ listening: true });
  const number = `SELECT pg_notify('orders', i || $1) FROM generate_series(1, ${counts.naive}) AS i`;
  await bench.connection.query(number, [payload]);
  const { rate } = await process.waitFor((message) => 'rate' in message, 180_000);
  return rate as number;
}
