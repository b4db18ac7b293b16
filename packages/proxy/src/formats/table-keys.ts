import type { Value } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import type { ColumnCatalog } from './column-catalog.ts';

/**
 * The columns that identify a row: the replica identity, or, if that is all columns, the primary key from the catalog.
 */
export class TableKeys {
  readonly #catalog: ColumnCatalog;
  readonly #tables = new WeakMap<WalTable, readonly number[]>();

  constructor(catalog: ColumnCatalog) {
    this.#catalog = catalog;
  }

  /** Reads the primary key of a table if it is required. */
  prepare(table: WalTable): Promise<void> | undefined {
    return table.identity === 'full' ? this.#catalog.prepare(table) : undefined;
  }

  /** The indexes of the columns; empty if rows have no key. */
  of(table: WalTable): readonly number[] {
    const known = this.#tables.get(table);
    if (known) return known;
    const facts = table.identity === 'full' ? this.#catalog.facts(table) : undefined;
    const isKey = (index: number) => (facts ? facts[index]?.isPrimaryKey : table.columns[index]?.isKey) === true;
    const indexes = [...table.columns.keys()].filter(isKey);
    this.#tables.set(table, indexes);
    return indexes;
  }
}

/** The tuple that contains the key of a row: the old one for a DELETE and for an UPDATE that changed the key. */
export function keyTuple({ old, key, new: row }: Pick<RowChange, 'old' | 'key' | 'new'>): readonly Value[] {
  return old ?? key ?? row ?? [];
}
