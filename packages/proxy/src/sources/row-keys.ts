import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import { ColumnCatalog } from '../formats/column-catalog.ts';
import { keyTuple, TableKeys } from '../formats/table-keys.ts';
import type { Query } from '../formats/type-catalog.ts';
import type { LogMessage } from './log-decoders.ts';

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

  of(change: RowChange): string {
    const { table } = change;
    const values = keyTuple(change);
    let text = `${table.schema}.${table.table}`;
    for (const place of this.#keys.of(table)) text += `\n${String(values[place])}`;
    return text;
  }
}
