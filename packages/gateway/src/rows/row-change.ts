import { unchanged, type Value } from '@pgwamp/core/internal/postgres';
import { type RowChange, RowWriter, type WalTable } from '@pgwamp/core/internal/sources';
import type { Table } from '../log/table.ts';

/** A row as far as it is known: undefined where the log does not say. */
export type PartialRow = readonly (Value | undefined)[];

/** What has become of a row for those who may see it, or a table. */
export type Operation = 'insert' | 'update' | 'delete' | 'truncate';

/** Everything that does not depend on who is told. */
export interface ChangedRow {
  readonly kind: RowChange['kind'];
  /** Undefined for INSERT. */
  readonly before: PartialRow | undefined;
  /** Undefined for DELETE. */
  readonly after: PartialRow | undefined;
  readonly description: TableDescription;
  readonly at: Date;
}

/** A table as it was when the changes were made, and how its rows are written. */
export interface TableDescription {
  readonly table: WalTable;
  readonly writer: RowWriter;
  /** Which columns tell rows apart for clients: what identifies rows in the log; the primary key where that is all of the row. */
  readonly key: ReadonlySet<string>;
  readonly generated: readonly string[];
}

export function describe(table: WalTable, { primaryKey, identityColumns, generated }: Table): TableDescription {
  const writer = new RowWriter(table);
  const columns = new Set(writer.columns);
  const [key = writer.columns] = [identityColumns, primaryKey].filter(
    (names) => names.length > 0 && names.every((name) => columns.has(name)),
  );
  // From PostgreSQL 18 on a publication may have those that are stored.
  return { table, writer, key: new Set(key), generated: generated.filter((name) => !columns.has(name)) };
}

/** The rows before and after a change. What an UPDATE has left as it was is the same in both. */
export function changedRow(change: RowChange, description: TableDescription): ChangedRow {
  const { kind, table, key, old } = change;
  const given = old ?? (key && onlyKey(table, key));
  const before = given ?? (change.new && kind === 'update' ? onlyKey(table, change.new) : undefined);
  const after = change.new?.map((value, index) => (value === unchanged ? (old?.[index] ?? value) : value));
  return { kind, before, after, description, at: change.transaction.at };
}

/** The other columns are NULL in the log, whatever they were. */
function onlyKey({ columns }: WalTable, values: readonly Value[]): PartialRow {
  return columns.map(({ isKey }, index) => (isKey ? values[index] : undefined));
}

/**
 * The message for those who may read some columns of a row.
 *
 * @param operation what has become of it for them: of a row that they may see no longer, they are told that it is deleted.
 */
export function payloadOf(
  { before, after, description, at }: ChangedRow,
  operation: Exclude<Operation, 'truncate'>,
  isReadable: (column: string) => boolean,
): string {
  const { writer, key, generated } = description;
  const isKey = (name: string) => key.has(name) && isReadable(name);
  const row = (operation === 'delete' ? before : after) ?? [];
  const parts = [
    head(operation, description.table),
    `"at":${JSON.stringify(at)}`,
    `"key":${writer.object(row, isKey)}`,
  ];
  if (operation === 'update' && before) {
    const oldKey = writer.object(before, isKey);
    if (oldKey !== writer.object(row, isKey)) parts.push(`"old_key":${oldKey}`);
  }
  if (operation !== 'delete') {
    parts.push(`"row":${writer.object(row, isReadable)}`);
    const same = writer.columns.filter((name, index) => row[index] === unchanged && isReadable(name));
    if (same.length > 0) parts.push(`"unchanged":${JSON.stringify(same)}`);
    const missing = generated.filter(isReadable);
    if (missing.length > 0) parts.push(`"generated":${JSON.stringify(missing)}`);
  }
  return `{${parts.join(',')}}`;
}

/** The message of TRUNCATE. */
export function truncationPayload(table: WalTable, at: Date): string {
  return `{${head('truncate', table)},"at":${JSON.stringify(at)}}`;
}

function head(operation: Operation, { schema, table }: WalTable): string {
  return `"op":"${operation}","schema":${JSON.stringify(schema)},"table":${JSON.stringify(table)}`;
}
