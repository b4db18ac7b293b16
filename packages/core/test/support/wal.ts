import { Connection } from '../../src/postgres/index.ts';
import { parseLsn } from '../../src/postgres/replication/lsn.ts';
import { type Emission, ensureSlot, slotName, WalSource } from '../../src/sources/index.ts';
import { installedDatabase, type PreparedDatabase } from './database.ts';

/** A database that publishes by its write-ahead log, with the slot of realm1. */
export interface WalDatabase extends PreparedDatabase {
  readonly slot: string;
  open(): Promise<WalSource>;
  /** Reads everything that is in the log now. */
  readAll(source: WalSource, confirm?: boolean): Promise<Emission[]>;
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
    async readAll(source, confirm = true) {
      const [wal] = await run('SELECT pg_current_wal_flush_lsn()::text AS end');
      const emissions: Emission[] = [];
      for await (const batch of source.readUntil(parseLsn(String(wal?.end)), AbortSignal.timeout(20_000))) {
        emissions.push(...batch.emissions);
        if (confirm) await batch.confirm?.();
      }
      return emissions;
    },
    open: () => WalSource.open(database.crossbar, 'reader', slot),
  };
}
