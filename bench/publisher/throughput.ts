import { database as databaseSchema } from '@pgwamp/config';
import { textMessage } from '@pgwamp/core/internal/pipeline';
import { WalSource, walMessages } from '@pgwamp/core/internal/sources';
import { type RunningProcess, startProcess, waitFor } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { processorTime } from '../processor-time.ts';
import { type Figure, median } from '../report.ts';

const rounds = 5;
const count = 500_000;
const perTransaction = 1000;
const topic = 'com.example.topic1';
const master = 'throughput';
const [publisher, router, subscriber] = ['publish', 'flood', 'subscribe'].map(
  (name) => new URL(`../processes/${name}.ts`, import.meta.url).pathname,
) as [string, string, string];

/** Microseconds for a publication: by the clock, and processor time of the process that is measured. */
interface Cost {
  readonly elapsed: number;
  readonly time: number;
}

/**
 * Publications per second from the WAL to one subscriber in another process, with all acknowledgements, against the two halves alone:
 * decoding the same WAL; and router to subscriber, with acknowledgements and the window of the Publisher. Each is measured from the first
 * message to the last one, so without start-up, in turns.
 *
 * By the clock, the whole has three busy processes and each half has two, so on a busy machine only processor times are comparable.
 */
export async function throughput(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  const slot = await slotOf(bench);
  await writePublications(bench);
  await bench.connection.query(copySlot, [slot, master]);
  const costs = { decode: [] as Cost[], route: [] as Cost[], whole: [] as Cost[] };
  for (let round = 0; round < rounds; round += 1) {
    costs.decode.push(await decodeAlone(bench, `${master}_${round}`));
    costs.route.push(await routeAlone());
    costs.whole.push(await together(bench, slot));
  }
  const middle = (part: keyof typeof costs, cost: keyof Cost) => median(costs[part].map((measured) => measured[cost]));
  const ideal = (cost: keyof Cost) => middle('decode', cost) + middle('route', cost);
  const rate = (microseconds: number) => 1e6 / microseconds;
  const name = 'WAL to subscriber, acknowledged';
  return [
    { what: 'a: WAL decode alone', value: rate(middle('decode', 'elapsed')), unit: '/s' },
    { what: 'b: router to subscriber alone, acknowledged', value: rate(middle('route', 'elapsed')), unit: '/s' },
    { what: '1/(1/a + 1/b)', value: rate(ideal('elapsed')), unit: '/s' },
    { what: name, value: rate(middle('whole', 'elapsed')), unit: '/s' },
    {
      what: `${name}, of 1/(1/a + 1/b)`,
      value: ideal('elapsed') / middle('whole', 'elapsed'),
      unit: '×',
      atLeast: 0.8,
    },
    { what: 'a: processor time', value: middle('decode', 'time'), unit: 'µs' },
    { what: 'b: processor time of the router', value: middle('route', 'time'), unit: 'µs' },
    { what: `${name}: processor time`, value: middle('whole', 'time'), unit: 'µs' },
    {
      what: `${name}: a + b of it`,
      value: ideal('time') / middle('whole', 'time'),
      unit: '×',
      atLeast: 0.8,
    },
  ];
}

async function slotOf({ connection }: BenchDatabase): Promise<string> {
  const { rows } = await connection.query('SELECT slot FROM crossbar.realm');
  return rows[0].slot;
}

async function writePublications({ connection }: BenchDatabase): Promise<void> {
  const filler = 'x'.repeat(180);
  for (let first = 1; first <= count; first += perTransaction) {
    await connection.query(
      `SELECT count(crossbar.publish($1, jsonb_build_array(i, $2::text))) FROM generate_series($3::int, $4::int) AS i`,
      [topic, filler, first, first + perTransaction - 1],
    );
  }
}

async function decodeAlone(bench: BenchDatabase, slot: string): Promise<Cost> {
  await bench.connection.query(copySlot, [master, slot]);
  await using source = await WalSource.open({
    database: databaseSchema.parse(databaseConfiguration(bench)),
    applicationName: 'bench',
    slot,
    publications: ['crossbar'],
    limit: 16 * 1024 * 1024,
    decoders: [walMessages(['crossbar'], textMessage)],
  });
  const stop = new AbortController();
  let start = 0;
  let decoded = 0;
  let before = process.cpuUsage();
  for await (const { messages, confirm } of source.read(stop.signal)) {
    if (decoded === 0) {
      start = performance.now();
      before = process.cpuUsage();
    }
    decoded += messages.length;
    confirm?.();
    if (decoded >= count) stop.abort();
  }
  const { user, system } = process.cpuUsage(before);
  return { elapsed: ((performance.now() - start) * 1000) / count, time: (user + system) / count };
}

async function routeAlone(): Promise<Cost> {
  await using flood = await startProcess(router, { args: [JSON.stringify({ topic, count })] });
  return await receive(flood);
}

async function together(bench: BenchDatabase, slot: string): Promise<Cost> {
  const { connection } = bench;
  // The process of the former round may still read the slot.
  await waitFor(async () => (await connection.query(dropSlot, [slot])).rowCount === 1, { what: 'the slot to be free' });
  await connection.query(copySlot, [master, slot]);
  const { rows } = await connection.query('SELECT pg_current_wal_flush_lsn() AS end');
  const args = [JSON.stringify({ database: databaseConfiguration(bench), delivery: 'wal' })];
  await using process = await startProcess(publisher, { args });
  const cost = await receive(process);
  await waitFor(async () => (await connection.query(confirmed, [slot, rows[0].end])).rows[0].done, {
    what: 'the last acknowledgement in PostgreSQL',
  });
  return cost;
}

/** Subscribes to the router of a process, and measures from the first event to the last one. */
async function receive(sender: RunningProcess): Promise<Cost> {
  const { url } = await sender.waitFor((message) => 'url' in message);
  await using receiver = await startProcess(subscriber, { args: [JSON.stringify({ url, topic, count })] });
  const { first } = await receiver.waitFor((message) => 'first' in message);
  const before = await processorTime([sender.pid]);
  const { at, ordered } = await receiver.waitFor((message) => 'received' in message, 120_000);
  const time = (await processorTime([sender.pid])) - before;
  if (!ordered) throw new Error('the events came out of order');
  return { elapsed: (((at as number) - (first as number)) * 1000) / count, time: time / count };
}

const copySlot = 'SELECT pg_copy_logical_replication_slot($1, $2)';
const dropSlot =
  'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active';
const confirmed = 'SELECT confirmed_flush_lsn >= $2 AS done FROM pg_replication_slots WHERE slot_name = $1';
