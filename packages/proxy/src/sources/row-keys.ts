import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import { ColumnCatalog } from '../formats/column-catalog.ts';
import { TableKeys } from '../formats/table-keys.ts';
import type { Query } from '../formats/type-catalog.ts';
import type { LogMessage } from './log-decoders.ts';

/** Identifies rows by table and key. */
export class RowKeys {
  readonly #keys: TableKeys;
  readonly #known = new WeakSet<WalTable>();

  constructor(query: Query) {
    this.#keys = new TableKeys(new ColumnCatalog(query));
  }

  /** Reads the keys of tables that the log does not contain; undefined if there is nothing to read. */
  prepare(messages: readonly LogMessage[]): Promise<void> | undefined {
    const unknown = new Set<WalTable>();
    for (const message of messages) {
      const change = message.kind === 'change' ? message.change : undefined;
      if (change && 'table' in change && !this.#known.has(change.table)) unknown.add(change.table);
    }
    return unknown.size > 0 ? this.#read([...unknown]) : undefined;
  }

  of({ table, key, old, new: row }: RowChange): string {
    const values = key ?? old ?? row ?? [];
    let text = `${table.schema}.${table.table}`;
    for (const place of this.#keys.of(table)) text += `\n${String(values[place])}`;
    return text;
  }

  async #read(tables: readonly WalTable[]): Promise<void> {
    await Promise.all(tables.map((table) => this.#keys.prepare(table)));
    for (const table of tables) this.#known.add(table);
  }
}
