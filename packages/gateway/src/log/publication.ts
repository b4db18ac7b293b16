import { backoff } from '@pgwamp/core/internal/component';
import { type Connection, isServerError, parseLsn, quotedIdentifier, reason } from '@pgwamp/core/internal/postgres';
import { ChannelRefusedError, GatewayPublicationError } from '../errors.ts';
import { readTable, type Table } from './table.ts';

/**
 * Creates the publication of the gateway for logical replication if it is missing.
 *
 * @throws `GatewayPublicationError`
 */
export async function ensurePublication(connection: Connection, publication: string): Promise<void> {
  const [found] = await connection.query('SELECT FROM pg_publication WHERE pubname = $1', [publication]);
  if (found) return;
  const [server] = await connection.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const generated = (server?.version ?? 0) >= 180_000 ? ', publish_generated_columns = stored' : '';
  const statement = `CREATE PUBLICATION ${quotedIdentifier(publication)} WITH (publish_via_partition_root = true${generated})`;
  try {
    await connection.query(statement);
  } catch (error) {
    // 42710 and 23505: another gateway has created it in the meantime.
    if (isServerError(error) && /^(42710|23505)$/.test(error.code ?? '')) return;
    throw isServerError(error) ? new GatewayPublicationError(publication, reason(error), statement, error) : error;
  }
}

/** A table whose changes are published. */
export interface PublishedTable {
  readonly table: Table;
  /** The position of the log since which it is published, if it was not published before. */
  readonly since: bigint | undefined;
}

/**
 * Publishes the table of a channel and returns it once all of its changes are in the log.
 *
 * @param name `schema.table`, as the catalog spells them.
 * @throws `ChannelRefusedError` whose message names the remedy.
 */
export async function publishTable(
  connection: Connection,
  publication: string,
  name: string,
  stop: AbortSignal,
): Promise<PublishedTable> {
  const channel = `table:${name}`;
  const dot = name.indexOf('.');
  if (dot < 1) throw new ChannelRefusedError(channel, 'expected a schema and a table, such as table:public.orders');
  const named = { schema: name.slice(0, dot), table: name.slice(dot + 1) };
  const table = await readTable(connection, { publication, table: named });
  if (!table?.isTable) throw new ChannelRefusedError(channel, 'there is no such table');
  refuseUnidentified(channel, table, publication);
  refuseOmissions(channel, table, publication);
  if (table.published !== null) return { table, since: undefined };
  const statement = `ALTER PUBLICATION ${quotedIdentifier(publication)} ADD TABLE ${table.sql}`;
  try {
    // It may have been dropped since the log was opened.
    await ensurePublication(connection, publication);
    await connection.query(statement);
  } catch (error) {
    if (error instanceof GatewayPublicationError)
      throw new ChannelRefusedError(channel, error.message, { cause: error });
    if (!isServerError(error)) throw error;
    const why = `the table cannot be published (${reason(error)}); as a superuser or its owner run: ${statement}`;
    throw new ChannelRefusedError(channel, why, { cause: error });
  }
  await outlastWriters(connection, table.oid, stop);
  const [row] = await connection.query<{ position: string }>('SELECT pg_current_wal_insert_lsn()::text AS position');
  return {
    table: await readPublished(connection, channel, table, publication),
    since: parseLsn(row?.position ?? '0/0') - 1n,
  };
}

/** Reads the table again after it was added to the publication. */
async function readPublished(connection: Connection, channel: string, { oid, sql }: Table, publication: string) {
  const table = await readTable(connection, { publication, table: oid });
  if (!table) throw new ChannelRefusedError(channel, 'the table was dropped');
  refuseOmissions(channel, table, publication);
  if (table.published !== null) return table;
  const why = `publication ${quotedIdentifier(publication)} has the changes of ${sql} as those of its partitioned table`;
  throw new ChannelRefusedError(channel, `${why}: listen to that one`);
}

/** Changes would be missing without a gap. */
function refuseOmissions(channel: string, { omitted }: Table, publication: string): void {
  if (omitted === null) return;
  throw new ChannelRefusedError(channel, `publication ${quotedIdentifier(publication)} omits ${omitted}`);
}

/**
 * PostgreSQL refuses UPDATE and DELETE on a published table without a replica identity, so such a table is not
 * published.
 */
function refuseUnidentified(channel: string, table: Table, publication: string): void {
  const { identity, identityColumns, sql, generated, version } = table;
  // Since PostgreSQL 18, the identity must not contain columns that are not published.
  if (identity === 'full' && generated.length > 0 && version >= 180_000) {
    const why = `PostgreSQL would refuse UPDATE and DELETE on it, since its replica identity has generated columns (${generated.join(', ')})`;
    const remedy = `ALTER PUBLICATION ${quotedIdentifier(publication)} SET (publish_generated_columns = stored)`;
    throw new ChannelRefusedError(channel, `${why}; if they are stored, run: ${remedy}`);
  }
  if (identity === 'full' || identityColumns.length > 0) return;
  const why = 'rows of this table cannot be identified in the log';
  throw new ChannelRefusedError(channel, `${why}: add a primary key, or run: ALTER TABLE ${sql} REPLICA IDENTITY FULL`);
}

/**
 * Changes that a transaction made before the table was published are not in the stream, so all such transactions have
 * to end first.
 */
async function outlastWriters(connection: Connection, oid: number, stop: AbortSignal): Promise<void> {
  const pause = backoff({ first: 5, max: 250 });
  let writers = await writersOf(connection, oid);
  while (writers.size > 0) {
    await pause.wait(stop);
    stop.throwIfAborted();
    writers = writers.intersection(await writersOf(connection, oid));
  }
}

/** The transactions that may have written to a table or to its partitions. */
async function writersOf(connection: Connection, oid: number): Promise<Set<string>> {
  const rows = await connection.query<{ transaction: string }>(
    `SELECT DISTINCT virtualtransaction AS transaction FROM pg_locks
     WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND relation IN (SELECT $1::oid UNION ALL SELECT relid FROM pg_partition_tree($1::oid))
       AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
    [oid],
  );
  return new Set(rows.map(({ transaction }) => transaction));
}
