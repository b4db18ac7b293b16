import { join } from 'node:path';
import { repositoryRoot, startProcess } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';

const proxy = new URL('../processes/proxy.ts', import.meta.url).pathname;

/** About as long as an event of an order is. */
export const payload = 'x'.repeat(180);

/** The text of the Proxy for such a row, or one of the same length. */
export const message = JSON.stringify({
  id: '0/16B37480/0',
  action: 'insert',
  schema: 'public',
  table: 'orders',
  time: '2026-01-31T12:00:00.000Z',
  transaction: 742,
  key: { id: 12_345 },
  row: { id: 12_345, item: payload },
});

/** A database with a table of orders, whose changes are published. */
export async function openProxyDatabase(): Promise<BenchDatabase> {
  const bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  await bench.connection.query(
    'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text); CREATE PUBLICATION pgwamp_proxy FOR TABLE orders',
  );
  return bench;
}

/** Starts a Proxy in a process of its own, from the table to a sink. The cache has it compiled, as the package that is installed is. */
export async function startProxy(
  bench: BenchDatabase,
  sink: object,
  count: number,
  { routes = [], nodeOptions }: { readonly routes?: readonly object[]; readonly nodeOptions?: string } = {},
) {
  const extra = {
    database: databaseConfiguration(bench),
    sources: { changes: { kind: 'wal' } },
    sinks: { broker: sink },
    routes: [{ from: 'changes', to: 'broker', destination: 'orders' }, ...routes],
  };
  const env = { NODE_COMPILE_CACHE: join(repositoryRoot, '.cache', 'bench') };
  return startProcess(proxy, { args: [JSON.stringify({ extra, count })], env, nodeOptions });
}

/** Writes rows, so many in a transaction. */
export async function writeRows({ connection }: BenchDatabase, count: number, perTransaction = 1000): Promise<void> {
  for (let written = 0; written < count; written += perTransaction) {
    const rows = `SELECT $1 FROM generate_series(1, ${perTransaction})`;
    await connection.query(`INSERT INTO orders (item) ${rows}`, [payload]);
  }
}

/** A Proxy that has run once has its slot, behind which the log is kept. */
export async function makeSlot(bench: BenchDatabase, sink: object): Promise<void> {
  await using process = await startProxy(bench, sink, 1);
  await process.waitFor({ running: true });
}

/** The rate of delivery, and its cost. */
export interface Throughput {
  /** Messages a second. */
  readonly rate: number;
  /** Microseconds a message, of the process that sends. */
  readonly processorTime: number;
}

/** The rate at which a Proxy delivers an existing log, from the first confirmation to the last. */
export async function throughputOfProxy(
  bench: BenchDatabase,
  sink: object,
  count: number,
  routes: readonly object[] = [],
): Promise<Throughput> {
  await writeRows(bench, count);
  await using process = await startProxy(bench, sink, count, { routes });
  const start = await process.waitFor((message) => 'first' in message, 60_000);
  const end = await process.waitFor((message) => 'confirmed' in message, 180_000);
  const [messages, milliseconds] = [count - Number(start.first), Number(end.at) - Number(start.at)];
  const processorTime = (Number(end.processorTime) - Number(start.processorTime)) / messages;
  return { rate: (messages / milliseconds) * 1000, processorTime };
}
