import { startProcess } from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { databaseConfiguration, openBenchDatabase } from '../database.ts';
import type { Figure } from '../report.ts';

const count = 1_000_000;
const topic = 'com.example.topic1';
const mebibyte = 1024 * 1024;
/** V8 collects late where a machine has memory; within these limits it shows what the Publisher needs. */
const limits = '--max-semi-space-size=16 --max-old-space-size=64';
const [publisher, subscriber] = ['publish', 'subscribe'].map(
  (name) => new URL(`../processes/${name}.ts`, import.meta.url).pathname,
) as [string, string];

/** One transaction with a million publications: time, and the memory of the Publisher's process. */
export async function transaction(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await using router = createRouter({ realms: ['realm1'] });
  const { url } = await router.listen();
  await using receiver = await startProcess(subscriber, { args: [JSON.stringify({ url, topic, count })] });
  await receiver.waitFor({ subscribed: true });
  const args = [JSON.stringify({ database: databaseConfiguration(bench), delivery: 'wal', url })];
  await using process = await startProcess(publisher, { args, nodeOptions: limits });
  await process.waitFor({ running: true });
  await bench.connection.query(
    `SELECT count(crossbar.publish('${topic}', jsonb_build_array(i))) FROM generate_series(1, ${count}) AS i`,
  );
  const committed = Date.now();
  const { at, ordered } = await receiver.waitFor((message) => 'received' in message, 300_000);
  if (!ordered) throw new Error('the events came out of order');
  const memory = await process.residentBytes();
  return [
    {
      what: '1,000,000 publications in one transaction, from commit',
      value: ((at as number) - committed) / 1000,
      unit: 's',
    },
    { what: 'peak resident memory of the Publisher', value: (memory?.peak ?? 0) / mebibyte, unit: 'MiB', atMost: 190 },
  ];
}
