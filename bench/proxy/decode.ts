import { database as databaseSchema } from '@pgwamp/config';
import { WalSource, walRows } from '@pgwamp/core/internal/sources';
import { databaseConfiguration } from '../database.ts';
import type { Figure } from '../report.ts';
import { openProxyDatabase, writeRows } from './stage.ts';

const count = 500_000;

/** Rows a second out of the write-ahead log, decoded into columns, with nothing behind it. */
export async function decode(): Promise<readonly Figure[]> {
  await using bench = await openProxyDatabase();
  await bench.connection.query(`SELECT pg_create_logical_replication_slot('decode', 'pgoutput')`);
  await writeRows(bench, count);
  await using source = await WalSource.open({
    database: databaseSchema.parse(databaseConfiguration(bench)),
    applicationName: 'bench',
    slot: 'decode',
    publications: ['pgwamp_proxy'],
    limit: 16 * 1024 * 1024,
    decoders: [
      walRows((id, change, size) =>
        change.kind === 'insert' ? { id, channel: 'orders', payload: '', size } : undefined,
      ),
    ],
  });
  const stop = new AbortController();
  const start = performance.now();
  let decoded = 0;
  for await (const { messages, confirm } of source.read(stop.signal)) {
    decoded += messages.length;
    confirm?.();
    if (decoded >= count) stop.abort();
  }
  const rate = (count / (performance.now() - start)) * 1000;
  return [{ what: 'rows decoded out of the WAL', value: rate, unit: '/s', atLeast: 150_000 }];
}
