import { type Message, textMessage } from '../../src/pipeline/index.ts';
import { Connection, ensureSlot, parseLsn, slotName } from '../../src/postgres/index.ts';
import { type WalDecoder, type WalOptions, WalSource, walMessages } from '../../src/sources/index.ts';
import { installedDatabase, type PreparedDatabase } from './database.ts';

/** A database that publishes by its write-ahead log, with the slot of realm1. */
export interface WalDatabase extends PreparedDatabase {
  readonly slot: string;
  /** Reads the messages with the prefix "crossbar", if nothing else is said. */
  open<M extends Message = Message>(options?: Partial<WalOptions<M>>): Promise<WalSource<M>>;
  /** Reads everything that is in the log now. */
  readAll<M extends Message>(source: WalSource<M>, confirm?: boolean): Promise<M[]>;
  /** Runs SQL as superuser. */
  run(sql: string): Promise<Record<string, unknown>[]>;
}

export async function walDatabase(): Promise<WalDatabase> {
  const database = await installedDatabase('wal');
  await using connection = await Connection.open(database.crossbar, 'slot');
  const slot = await slotName(connection, 'realm1');
  await ensureSlot(connection, slot);
  const run = async (sql: string) => {
    await using client = await database.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  };
  return {
    ...database,
    slot,
    run,
    async readAll<M extends Message>(source: WalSource<M>, confirm = true) {
      const [wal] = await run('SELECT pg_current_wal_flush_lsn()::text AS end');
      const messages: M[] = [];
      for await (const batch of source.readUntil(parseLsn(String(wal?.end)), AbortSignal.timeout(20_000))) {
        messages.push(...batch.messages);
        if (confirm) await batch.confirm?.();
      }
      return messages;
    },
    open: <M extends Message>(options: Partial<WalOptions<M>> = {}) =>
      WalSource.open<M>({
        database: database.crossbar,
        applicationName: 'reader',
        slot,
        publications: ['crossbar'],
        limit: 64 * 1024 * 1024,
        decoders: [walMessages<Message>(['crossbar'], textMessage) as WalDecoder<M>],
        ...options,
      }),
  };
}
