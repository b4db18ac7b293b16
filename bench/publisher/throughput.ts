import { database as databaseSchema } from '@pgwamp/config';
import { textMessage } from '@pgwamp/core/internal/pipeline';
import { WalSource, walMessages } from '@pgwamp/core/internal/sources';
import { startProcess, waitFor } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import type { Figure } from '../report.ts';

const count = 500_000;
const perTransaction = 1000;
const topic = 'com.example.topic1';
const [publisher, router, subscriber] = ['publish', 'flood', 'subscribe'].map(
  (name) => new URL(`../processes/${name}.ts`, import.meta.url).pathname,
) as [string, string, string];

/**
 * Publications per second from the WAL to one subscriber in another process, until PostgreSQL has the last acknowledgement; against
 * what the two halves do alone: decoding the same WAL, and router to subscriber.
 */
export async function throughput(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  const slot = await slotOf(bench);
  await writePublications(bench);
  await bench.connection.query('SELECT pg_copy_logical_replication_slot($1, $2)', [slot, `${slot}_copy`]);
  const decode = await decodeAlone(bench, `${slot}_copy`);
  const route = await routeAlone();
  const whole = await together(bench, slot);
  const ideal = 1 / (1 / decode + 1 / route);
  return [
    { what: 'a: WAL decode alone', value: decode, unit: '/s' },
    { what: 'b: router to subscriber alone', value: route, unit: '/s' },
    { what: '1/(1/a + 1/b)', value: ideal, unit: '/s' },
    { what: 'WAL to subscriber, acknowledged', value: whole, unit: '/s' },
    { what: 'WAL to subscriber, acknowledged, of 1/(1/a + 1/b)', value: whole / ideal, unit: '×', atLeast: 0.8 },
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

async function decodeAlone(bench: BenchDatabase, slot: string): Promise<number> {
  await using source = await WalSource.open({
    database: databaseSchema.parse(databaseConfiguration(bench)),
    applicationName: 'bench',
    slot,
    publications: ['crossbar'],
    limit: 16 * 1024 * 1024,
    decoders: [walMessages(['crossbar'], textMessage)],
  });
  const stop = new AbortController();
  const start = performance.now();
  let decoded = 0;
  for await (const { messages, confirm } of source.read(stop.signal)) {
    decoded += messages.length;
    confirm?.();
    if (decoded >= count) stop.abort();
  }
  return (count / (performance.now() - start)) * 1000;
}

async function routeAlone(): Promise<number> {
  await using flood = await startProcess(router, { args: [JSON.stringify({ topic, count })] });
  const { url } = await flood.waitFor((message) => 'url' in message);
  await using receiver = await startProcess(subscriber, { args: [JSON.stringify({ url, topic, count })] });
  const { at } = await receiver.waitFor((message) => 'received' in message, 120_000);
  const { started } = await flood.waitFor((message) => 'started' in message);
  return (count / ((at as number) - (started as number))) * 1000;
}

async function together(bench: BenchDatabase, slot: string): Promise<number> {
  const args = [JSON.stringify({ database: databaseConfiguration(bench), delivery: 'wal' })];
  await using process = await startProcess(publisher, { args });
  const { url } = await process.waitFor((message) => 'url' in message);
  await using receiver = await startProcess(subscriber, { args: [JSON.stringify({ url, topic, count })] });
  const { rows } = await bench.connection.query('SELECT pg_current_wal_flush_lsn() AS end');
  const { started } = await process.waitFor({ running: true });
  const { ordered } = await receiver.waitFor((message) => 'received' in message, 120_000);
  if (!ordered) throw new Error('the events came out of order');
  await waitFor(async () => (await bench.connection.query(confirmed, [slot, rows[0].end])).rows[0].done, {
    what: 'the last acknowledgement in PostgreSQL',
  });
  return (count / (Date.now() - (started as number))) * 1000;
}

const confirmed = 'SELECT confirmed_flush_lsn >= $2 AS done FROM pg_replication_slots WHERE slot_name = $1';
