import { startProcess } from '@pgwamp/harness';
import { databaseConfiguration, openBenchDatabase } from '../database.ts';
import type { Figure } from '../report.ts';

const count = 1_000_000;
const topic = 'com.example.topic1';
const mebibyte = 1024 * 1024;
const [publisher, subscriber] = ['publish', 'subscribe'].map(
  (name) => new URL(`../processes/${name}.ts`, import.meta.url).pathname,
) as [string, string];

/** One transaction with a million publications: time, and the memory of the process with router and Publisher. */
export async function transaction(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const args = [JSON.stringify({ database: databaseConfiguration(bench), delivery: 'wal' })];
  await using process = await startProcess(publisher, { args });
  const { url } = await process.waitFor((message) => 'url' in message);
  await using receiver = await startProcess(subscriber, { args: [JSON.stringify({ url, topic, count })] });
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
    {
      what: 'peak resident memory of Publisher and router',
      value: (memory?.peak ?? 0) / mebibyte,
      unit: 'MiB',
      atMost: 190,
    },
  ];
}
