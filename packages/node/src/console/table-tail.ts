import { randomBytes } from 'node:crypto';
import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Message } from '@pgwamp/core/internal/pipeline';
import { Connection, type Value } from '@pgwamp/core/internal/postgres';
import {
  type Member,
  membersOf,
  rowObject,
  type WalChange,
  WalSource,
  type WalTable,
  walRows,
} from '@pgwamp/core/internal/sources';
import { TailRefusedError } from '../errors.ts';

/** Size limit of a row in bytes; for a larger one only the operation is shown. */
const limit = 4 * 1024 * 1024;

const applicationName = 'pgwamp console';

interface Table {
  readonly oid: number;
  readonly sql: string;
  readonly readable: boolean;
  readonly secured: boolean;
  /** The publication that contains the table. */
  readonly publication: string | null;
}

/** A row change for the page, as a JSON object: operation, old and new. */
interface RowEvent extends Message {
  readonly payload: string;
  /** In milliseconds since 1970, with microseconds as a fraction. */
  readonly committedAt: number;
}

/** The callbacks of a watched table. */
export interface TableTailListener {
  /** Called when all changes committed from now on will arrive. */
  watching(): void;
  /**
   * Called with the changes of a transaction, or of a part of it; the next ones are read when the promise has resolved.
   */
  changes(events: readonly RowEvent[]): Promise<void>;
}

/**
 * Reads the row changes of a table from the log, with its own temporary slot, until `stop` aborts.
 *
 * Every user of the page sees these rows, regardless of the user's own privileges. So the console shows only tables that its
 * role may SELECT.
 *
 * @param name `schema.table`.
 * @throws `TailRefusedError` with the remedy; errors of PostgreSQL and of the connection.
 */
export async function tailTable(
  database: DatabaseConfiguration,
  name: string,
  stop: AbortSignal,
  hear: TableTailListener,
): Promise<void> {
  await using connection = await Connection.open(database, applicationName);
  const { oid, publication } = await findTable(connection, name);
  const slot = `pgwamp_console_${randomBytes(8).toString('hex')}`;
  await using source = await WalSource.open<RowEvent>({
    database,
    applicationName,
    slot,
    prepare: `SELECT pg_catalog.pg_create_logical_replication_slot('${slot}', 'pgoutput', true)`,
    publications: [publication],
    options: { messages: 'false' },
    limit,
    decoders: [walRows(rowEvents(oid))],
    control: connection,
  });
  hear.watching();
  for await (const { messages, confirm } of source.read(stop)) {
    if (messages.length > 0) await hear.changes(messages);
    await confirm?.();
  }
}

async function findTable(
  connection: Connection,
  name: string,
): Promise<{ readonly oid: number; readonly publication: string }> {
  const dot = name.indexOf('.');
  if (dot < 1) throw new TailRefusedError(`write schema and table, for example table:public.${name || 'orders'}`);
  const [table] = await connection.query<Table>(
    `SELECT class.oid::int8::float8 AS oid, format('%I.%I', nspname, relname) AS sql,
       has_table_privilege(class.oid, 'SELECT') AS readable, row_security_active(class.oid) AS secured,
       (SELECT min(pubname)::text FROM pg_publication_tables WHERE schemaname = nspname AND tablename = relname) AS publication
     FROM pg_class AS class JOIN pg_namespace AS schema ON schema.oid = relnamespace
     WHERE nspname = $1 AND relname = $2 AND relkind IN ('r', 'p')`,
    [name.slice(0, dot), name.slice(dot + 1)],
  );
  if (!table) throw new TailRefusedError(`table ${name} does not exist`);
  const { oid, sql, publication } = table;
  if (publication === null) {
    const statement = `CREATE PUBLICATION console FOR TABLE ${sql}`;
    throw new TailRefusedError(`no publication contains table ${name}; as its owner run: ${statement}`);
  }
  if (!table.readable) {
    const statement = `GRANT SELECT ON ${sql} TO crossbar`;
    throw new TailRefusedError(
      `the role of the console may not read table ${name}; to show its rows run: ${statement}`,
    );
  }
  if (table.secured)
    throw new TailRefusedError(`table ${name} has row level security, which does not apply to the log`);
  return { oid, publication };
}

function rowEvents(oid: number) {
  const known = new WeakMap<WalTable, readonly Member[]>();
  const event = (id: string, change: WalChange, payload: string, size: number): RowEvent | undefined =>
    'transaction' in change && change.transaction
      ? { id, channel: '', payload, size, committedAt: Number(change.transaction.microseconds) / 1000 }
      : undefined;
  return (id: string, change: WalChange, size: number): RowEvent | undefined => {
    if (change.kind === 'truncate') {
      return change.tables.some((table) => table.oid === oid)
        ? event(id, change, '{"operation":"TRUNCATE"}', size)
        : undefined;
    }
    if (!('table' in change) || change.table.oid !== oid) return undefined;
    if (change.kind === 'too_large') {
      const text = { operation: change.operation.toUpperCase(), not_shown: `the row has more than ${limit} bytes` };
      return event(id, change, JSON.stringify(text), size);
    }
    const members = known.get(change.table) ?? membersOf(change.table);
    known.set(change.table, members);
    const { kind, key, old, new: after } = change;
    const row = (values: readonly (Value | undefined)[]) => rowObject(members, values);
    // If only the key is logged, the other columns are NULL instead of their values.
    const before = old ?? key?.map((value, index) => (change.table.columns[index]?.isKey ? value : undefined));
    const parts = [
      `"operation":"${kind.toUpperCase()}"`,
      ...(before ? [`"old":${row(before)}`] : []),
      ...(after ? [`"new":${row(after)}`] : []),
    ];
    return event(id, change, `{${parts.join(',')}}`, size);
  };
}
