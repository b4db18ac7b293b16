import { unchanged, type Value } from '@pgwamp/core/internal/postgres';
import type { LargeRowChange, RowChange, WalTable } from '@pgwamp/core/internal/sources';
import { ColumnCatalog } from '../formats/column-catalog.ts';
import { keyTuple, TableKeys } from '../formats/table-keys.ts';
import type { Query } from '../formats/type-catalog.ts';
import type { LogMessage } from './log-decoders.ts';

/** Identifies a table in one line; the values of a key follow, each in a new line. */
export function tableKeyOf({ schema, table }: WalTable): string {
  return `${schema}.${table}`.replaceAll('\n', ' ');
}

/** Returns the order key of a whole table. The argument is the order key of one of its rows. */
export function withoutRow(orderKey: string): string {
  const end = orderKey.indexOf('\n');
  return end < 0 ? orderKey : orderKey.slice(0, end);
}

/** Identifies rows by table and key. */
export class RowKeys {
  readonly #keys: TableKeys;

  constructor(query: Query) {
    this.#keys = new TableKeys(new ColumnCatalog(query));
  }

  /** Reads the keys of tables that the log does not contain; undefined if there is nothing to read. */
  prepare(messages: readonly LogMessage[]): Promise<unknown> | undefined {
    const reading = new Map<WalTable, Promise<void>>();
    for (const message of messages) {
      const change = message.kind === 'change' ? message.change : undefined;
      if (!change || !('table' in change) || reading.has(change.table)) continue;
      const read = this.#keys.prepare(change.table);
      if (read !== undefined) reading.set(change.table, read);
    }
    return reading.size > 0 ? Promise.all(reading.values()) : undefined;
  }

  /**
   * The key of the old row; of the new one for an INSERT. It is empty in a table whose rows have no identity: PostgreSQL
   * publishes only their INSERTs, none of which depends on another. With REPLICA IDENTITY FULL and no primary key it is
   * the table, since any two rows may be the same one.
   */
  of(change: RowChange): string {
    return this.#text(change, keyTuple(change));
  }

  /** The key of the new row, if an UPDATE has changed it. */
  ofNew(change: RowChange, former: string): string | undefined {
    const { new: row, old, key } = change;
    if (change.kind !== 'update' || !row || !(old ?? key)) return undefined;
    const before = keyTuple(change);
    const now = this.#text(
      change,
      row.map((value, place) => (value === unchanged ? (before[place] ?? null) : value)),
    );
    return now === former ? undefined : now;
  }

  /**
   * The keys of a row that is too large to be read whole. If its beginning does not contain them, the row may be any row
   * of its table, and the key is the table.
   */
  ofLarge(change: LargeRowChange): { readonly rowKey: string; readonly newRowKey?: string | undefined } {
    const { operation, table, new: row } = change;
    const places = this.#keys.of(table);
    const hasKey = (values: readonly Value[] | undefined) =>
      values !== undefined && places.every((place) => place < values.length);
    const isKnown = hasKey(keyTuple(change)) && (operation !== 'update' || hasKey(row));
    if (!isKnown) return { rowKey: tableKeyOf(table) };
    const whole: RowChange = { ...change, kind: operation };
    const rowKey = this.of(whole);
    return { rowKey, newRowKey: this.ofNew(whole, rowKey) };
  }

  #text({ table }: RowChange, values: readonly Value[]): string {
    const places = this.#keys.of(table);
    if (places.length === 0 && table.identity !== 'full') return '';
    let text = tableKeyOf(table);
    for (const place of places) text += `\n${String(values[place])}`;
    return text;
  }
}
