import { randomBytes } from 'node:crypto';
import { type DatabaseConfiguration, database as schema } from '@pgwamp/config';
import type { Message } from '@pgwamp/core/internal/pipeline';
import { Connection, parseLsn } from '@pgwamp/core/internal/postgres';
import { type WalChange, WalSource, walRows } from '@pgwamp/core/internal/sources';
import { type PostgresServer, sharedPostgres, type TestDatabase } from '@pgwamp/harness';
import { changesOf } from '../../src/formats/change.ts';
import { ColumnCatalog } from '../../src/formats/column-catalog.ts';
import type { Format } from '../../src/formats/format.ts';
import { TableKeys } from '../../src/formats/table-keys.ts';
import { TypeCatalog } from '../../src/formats/type-catalog.ts';

interface LoggedChange extends Message {
  readonly change: WalChange;
}

/** A database whose changes are read, and what formats ask of its catalogue. */
export interface ChangeLog extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly types: TypeCatalog;
  readonly columns: ColumnCatalog;
  readonly keys: TableKeys;
  /** Runs SQL as superuser, in a session that has the settings of the walsender. */
  run(sql: string): Promise<Record<string, string>[]>;
  /** The output of a format for all changes since the log was opened. */
  written(format: Format): Promise<string[]>;
}

/** Creates a database with tables, a publication of all of them, and a slot. */
export async function openChangeLog(given?: PostgresServer, tables = ''): Promise<ChangeLog> {
  const server = given ?? (await sharedPostgres());
  const database = await server.createDatabase();
  const configuration: DatabaseConfiguration = schema.parse({ ...database.config });
  const connection = await Connection.open(configuration, 'change-log');
  const slot = `log_${randomBytes(4).toString('hex')}`;
  const client = await database.connect();
  await client.query(`SET TimeZone = 'UTC'; ${tables}`);
  await client.query('CREATE PUBLICATION rows FOR ALL TABLES');
  await client.query(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
  const query = <Row extends object>(statement: string, parameters?: readonly unknown[]) =>
    connection.query<Row>(statement, parameters);
  const columns = new ColumnCatalog(query);
  const run = async (sql: string) => {
    const results = await client.query(sql);
    return (Array.isArray(results) ? results.at(-1) : results).rows;
  };
  return {
    database,
    types: new TypeCatalog(query),
    columns,
    keys: new TableKeys(columns),
    run,
    async written(format) {
      const [wal] = await run('SELECT pg_current_wal_flush_lsn()::text AS end');
      const decoder = walRows<LoggedChange>((id, change, size) => ({ id, channel: '', payload: '', size, change }), {
        messages: true,
      });
      const reading = {
        database: configuration,
        applicationName: 'change-log',
        slot,
        publications: ['rows'],
        limit: 2 ** 26,
        decoders: [decoder],
      };
      await using source = await WalSource.open<LoggedChange>(reading);
      const texts: string[] = [];
      for await (const batch of source.readUntil(parseLsn(String(wal?.end)), AbortSignal.timeout(20_000))) {
        for (const { id, change: logged } of batch.messages) {
          for (const change of changesOf(logged)) {
            if ('table' in change) await format.prepare?.(change.table);
            const content = format.write({ id, channel: '', payload: '', change });
            if (content) texts.push(content.payload);
          }
        }
      }
      return texts;
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
