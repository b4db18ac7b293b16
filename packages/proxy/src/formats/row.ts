import { unchanged, type Value } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import { type Formattable, isOfTable, type TruncatedTable } from './change.ts';
import type { Content, Format } from './format.ts';
import { type JsonWriter, jsonWriter } from './json-value.ts';
import { keyTuple, type TableKeys } from './table-keys.ts';
import type { TypeCatalog } from './type-catalog.ts';

/** What is the same for every row of a table. */
interface TableText {
  readonly columns: readonly { readonly name: string; readonly write: JsonWriter }[];
  readonly key: readonly number[];
  readonly name: string;
}

/**
 * A change of a row as one JSON object: what happened, to which table, and the row as PostgreSQL's `to_jsonb` would write it.
 *
 * ```json
 * {"id":"0/1573AB8/0","action":"update","schema":"shop","table":"orders","time":"2026-01-31T12:00:00.000Z","transaction":742,
 *  "key":{"id":7},"row":{"id":7,"total":19.90,"paid":true}}
 * ```
 */
export class RowFormat implements Format {
  readonly #types: TypeCatalog;
  readonly #keys: TableKeys;
  readonly #tables = new WeakMap<WalTable, TableText>();

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
    let text = `{"id":"${id}","action":"${kind}",${name},"time":"${transaction.at.toISOString()}","transaction":${transaction.xid}`;
    if (key.length > 0) {
      const tuple = keyTuple(change);
      text += `,"key":{${members(columns, (index) => (key.includes(index) ? tuple[index] : unchanged))}}`;
    }
    if (row) text += `,"row":{${members(columns, (index) => currentValue(row, old, index))}}`;
    if (old) text += `,"old":{${members(columns, (index) => old[index])}}`;
    const left = row && change.table.columns.filter((_, index) => currentValue(row, old, index) === unchanged);
    if (left && left.length > 0) text += `,"unchanged":${JSON.stringify(left.map((column) => column.name))}`;
    return `${text}}`;
  }

  #truncation(id: string, { table, transaction, cascade, restartIdentity }: TruncatedTable): string {
    const { name } = this.#text(table);
    const head = `"id":"${id}","action":"truncate",${name},"time":"${transaction.at.toISOString()}"`;
    return `{${head},"transaction":${transaction.xid},"cascade":${cascade},"restart_identity":${restartIdentity}}`;
  }

  #text(table: WalTable): TableText {
    const known = this.#tables.get(table);
    if (known) return known;
    const shapes = this.#types.shapes(table);
    const columns = shapes.map((shape, index) => ({
      name: `${JSON.stringify(table.columns[index]?.name)}:`,
      write: jsonWriter(shape),
    }));
    const name = `"schema":${JSON.stringify(table.schema)},"table":${JSON.stringify(table.table)}`;
    const text = { columns, key: this.#keys.of(table), name };
    this.#tables.set(table, text);
    return text;
  }
}

/** A value of the new row. One that is TOASTed and unchanged is taken from the old row, where the log has that. */
export function currentValue(
  row: readonly Value[],
  old: readonly Value[] | undefined,
  index: number,
): Value | undefined {
  const value = row[index];
  return value === unchanged && old ? old[index] : value;
}

function members(columns: TableText['columns'], valueAt: (index: number) => Value | undefined): string {
  let text = '';
  for (const [index, { name, write }] of columns.entries()) {
    const value = valueAt(index);
    if (value === unchanged || value === undefined) continue;
    text += `${text && ','}${name}${value === null ? 'null' : write(value)}`;
  }
  return text;
}
