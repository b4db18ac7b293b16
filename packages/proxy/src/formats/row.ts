import { unchanged, type Value } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalTable, WalTransaction } from '@pgwamp/core/internal/sources';
import { type Formattable, isOfTable, type TruncatedTable } from './change.ts';
import type { Content, Format } from './format.ts';
import { type JsonWriter, jsonWriter } from './json-value.ts';
import { keyTuple, type TableKeys } from './table-keys.ts';
import type { TypeCatalog } from './type-catalog.ts';

/** The texts that are the same for every row of a table. */
interface TableText {
  readonly columns: readonly ColumnText[];
  /** The columns of the key. */
  readonly key: readonly ColumnText[];
  readonly name: string;
}

interface ColumnText {
  readonly index: number;
  readonly name: string;
  readonly write: JsonWriter;
}

/**
 * A row change as one JSON object: the action, the table, and the row as PostgreSQL's `to_jsonb` would write it.
 *
 * @example
 * ```json
 * {"id":"0/1573AB8/0","action":"update","schema":"shop","table":"orders","time":"2026-01-31T12:00:00.000Z","transaction":742,
 *  "key":{"id":7},"row":{"id":7,"total":19.90,"paid":true}}
 * ```
 */
export class RowFormat implements Format {
  readonly #types: TypeCatalog;
  readonly #keys: TableKeys;
  readonly #tables = new WeakMap<WalTable, TableText>();
  /** The transaction being written. */
  #transaction: WalTransaction | undefined;
  #transactionText = '';

  constructor(types: TypeCatalog, keys: TableKeys) {
    this.#types = types;
    this.#keys = keys;
  }

  prepare(table: WalTable): Promise<void> | undefined {
    const [types, keys] = [this.#types.prepare(table), this.#keys.prepare(table)];
    return types && keys ? Promise.all([types, keys]).then(() => undefined) : (types ?? keys);
  }

  write({ id, change }: Formattable): Content | undefined {
    if (!isOfTable(change) || change.kind === 'too_large') return undefined;
    const payload = change.kind === 'truncate' ? this.#truncation(id, change) : this.#row(id, change);
    return { payload, contentType: 'application/json' };
  }

  #row(id: string, change: RowChange): string {
    const { columns, key, name } = this.#text(change.table);
    const { kind, transaction, new: row, old } = change;
    let text = `{"id":"${id}","action":"${kind}",${name},${this.#textOf(transaction)}`;
    if (key.length > 0) text += `,"key":{${members(key, keyTuple(change))}}`;
    if (row) text += `,"row":{${members(columns, row, old)}}`;
    if (old) text += `,"old":{${members(columns, old)}}`;
    // Few rows contain values that are missing in the log, so the list is only built for those.
    if (row?.includes(unchanged)) {
      const left = change.table.columns.filter((_, index) => currentValue(row, old, index) === unchanged);
      if (left.length > 0) text += `,"unchanged":${JSON.stringify(left.map((column) => column.name))}`;
    }
    return `${text}}`;
  }

  #truncation(id: string, { table, transaction, cascade, restartIdentity }: TruncatedTable): string {
    const { name } = this.#text(table);
    const head = `"id":"${id}","action":"truncate",${name},${this.#textOf(transaction)}`;
    return `{${head},"cascade":${cascade},"restart_identity":${restartIdentity}}`;
  }

  #textOf(transaction: WalTransaction): string {
    if (transaction !== this.#transaction) {
      this.#transaction = transaction;
      this.#transactionText = `"time":"${transaction.at.toISOString()}","transaction":${transaction.xid}`;
    }
    return this.#transactionText;
  }

  #text(table: WalTable): TableText {
    const known = this.#tables.get(table);
    if (known) return known;
    const shapes = this.#types.shapes(table);
    const columns = shapes.map((shape, index) => ({
      index,
      name: `${JSON.stringify(table.columns[index]?.name)}:`,
      write: jsonWriter(shape),
    }));
    const key = this.#keys.of(table);
    const name = `"schema":${JSON.stringify(table.schema)},"table":${JSON.stringify(table.table)}`;
    const text = { columns, key: columns.filter(({ index }) => key.includes(index)), name };
    this.#tables.set(table, text);
    return text;
  }
}

/** A value of the new row. An unchanged TOASTed value is taken from the old row, if the log contains it. */
export function currentValue(
  row: readonly Value[],
  old: readonly Value[] | undefined,
  index: number,
): Value | undefined {
  const value = row[index];
  return value === unchanged && old ? old[index] : value;
}

function members(columns: readonly ColumnText[], row: readonly Value[], old?: readonly Value[]): string {
  let text = '';
  for (const { index, name, write } of columns) {
    const value = currentValue(row, old, index);
    if (value === unchanged || value === undefined) continue;
    text += `${text && ','}${name}${value === null ? 'null' : write(value)}`;
  }
  return text;
}
