// Reads row changes of a database out of the log, and makes nothing of them: what reading and decoding alone allow. Says when it has read so many.
import { database as databaseSchema } from '@pgwamp/config';
import { WalSource, walRows } from '@pgwamp/core/internal/sources';

const { database, slot, publication, count } = JSON.parse(process.argv[2] ?? '{}');
const source = await WalSource.open({
  database: databaseSchema.parse(database),
  applicationName: 'bench',
  slot,
  prepare: `SELECT pg_catalog.pg_create_logical_replication_slot('${slot}', 'pgoutput', true)`,
  publications: [publication],
  limit: 16 * 1024 * 1024,
  decoders: [
    walRows((id, change, size) => (change.kind === 'insert' ? { id, channel: '', payload: '', size } : undefined)),
  ],
});
console.log(JSON.stringify({ open: 1 }));
let read = 0;
for await (const { messages, confirm } of source.read(AbortSignal.timeout(600_000))) {
  read += messages.length;
  await confirm?.();
  if (read < count) continue;
  read -= count;
  console.log(JSON.stringify({ at: performance.timeOrigin + performance.now() }));
}
