import type { Value } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import type { ColumnCatalog } from './column-catalog.ts';

/**
 * The columns that a row is known by: its replica identity; where that is all columns, the primary key, which only the catalogue knows.
 */
export class TableKeys {
  readonly #catalog: ColumnCatalog;
  readonly #tables = new WeakMap<WalTable, readonly number[]>();

  constructor(catalog: ColumnCatalog) {
    this.#catalog = catalog;
  }

  /** Looks up the primary key of a table, where it is needed. */
  prepare(table: WalTable): Promise<void> | undefined {
    return table.identity === 'full' ? this.#catalog.prepare(table) : undefined;
  }

  /** The indexes of the columns; none if rows have no key. */
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

/** The tuple that has the key of a row: before an UPDATE that has changed it, and of a DELETE, the old one. */
export function keyTuple({ old, key, new: row }: Pick<RowChange, 'old' | 'key' | 'new'>): readonly Value[] {
  return old ?? key ?? row ?? [];
}
