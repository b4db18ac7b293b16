import { database as databaseSchema } from '@pgwamp/config';
import type { Message } from '@pgwamp/core/internal/pipeline';
import { type WalDecoder, WalSource, walRows } from '@pgwamp/core/internal/sources';
import { databaseConfiguration } from '../database.ts';
import type { Figure } from '../report.ts';
import { openProxyDatabase, writeRows } from './stage.ts';

const count = 500_000;
/** Rows that are kept to be decoded again. */
const sample = 20_000;
/** The bytes of a message of replication before that of pgoutput: the decoder looks there for the log position. */
const header = 25;

const rows = () =>
  walRows<Message>((id, change, size) =>
    change.kind === 'insert' ? { id, channel: 'orders', payload: '', size } : undefined,
  );

/** Rows a second out of the write-ahead log, decoded into columns, with nothing behind it; and by the decoder alone, fed from memory. */
export async function decode(): Promise<readonly Figure[]> {
  await using bench = await openProxyDatabase();
  await bench.connection.query(`SELECT pg_create_logical_replication_slot('decode', 'pgoutput')`);
  await writeRows(bench, count);
  const kept: Buffer[] = [];
  const keep: WalDecoder<Message> = {
    decode(buffer, offset, end) {
      if (kept.length < sample) kept.push(Buffer.from(buffer.subarray(offset - header, end)));
      return undefined;
    },
  };
  await using source = await WalSource.open({
    database: databaseSchema.parse(databaseConfiguration(bench)),
    applicationName: 'bench',
    slot: 'decode',
    publications: ['pgwamp_proxy'],
    limit: 16 * 1024 * 1024,
    decoders: [keep, rows()],
  });
  const stop = new AbortController();
  const start = performance.now();
  const before = process.cpuUsage();
  let decoded = 0;
  for await (const { messages, confirm } of source.read(stop.signal)) {
    decoded += messages.length;
    confirm?.();
    if (decoded >= count) stop.abort();
  }
  const rate = (count / (performance.now() - start)) * 1000;
  const { user, system } = process.cpuUsage(before);
  return [
    { what: 'rows decoded out of the WAL', value: rate, unit: '/s', atLeast: 150_000 },
    { what: 'rows decoded out of the WAL, processor time a row', value: (user + system) / count, unit: 'µs' },
    { what: 'by the decoder alone, fed from memory', value: fromMemory(kept), unit: '/s', atLeast: 150_000 },
  ];
}

/** By the processor time of this process, which other processes take nothing away from. */
function fromMemory(messages: readonly Buffer[]): number {
  const decoder = rows();
  const before = process.cpuUsage();
  let decoded = 0;
  while (decoded < count) {
    for (const message of messages) {
      if (decoder.decode(message, header, message.length, message.length - header)) decoded += 1;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (decoded / (user + system)) * 1e6;
}
