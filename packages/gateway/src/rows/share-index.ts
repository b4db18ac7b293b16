import type { ChangedRow } from './row-change.ts';
import type { TableEvent, TableShare } from './table-share.ts';

/** The shares of a table. An index finds the shares that filter by a column's value, without checking all shares. */
export class ShareIndex {
  readonly #all = new Set<TableShare>();
  readonly #unfiltered = new Set<TableShare>();
  /** By column, and by value. */
  readonly #filtered = new Map<string, Map<string, Set<TableShare>>>();

  get shares(): ReadonlySet<TableShare> {
    return this.#all;
  }

  add(share: TableShare): void {
    this.#all.add(share);
    const { viewer } = share;
    if (viewer.rows !== 'filter') return void this.#unfiltered.add(share);
    const values = this.#filtered.get(viewer.column) ?? new Map<string, Set<TableShare>>();
    this.#filtered.set(viewer.column, values);
    values.set(viewer.value, (values.get(viewer.value) ?? new Set()).add(share));
  }

  remove(share: TableShare): void {
    this.#all.delete(share);
    this.#unfiltered.delete(share);
    if (share.viewer.rows !== 'filter') return;
    const { column, value } = share.viewer;
    const values = this.#filtered.get(column);
    const same = values?.get(value);
    same?.delete(share);
    if (same?.size === 0) values?.delete(value);
    if (values?.size === 0) this.#filtered.delete(column);
  }

  /** The events that each share has to check, in order. */
  route(events: readonly TableEvent[]): ReadonlyMap<TableShare, readonly TableEvent[]> {
    const routes = new Map<TableShare, TableEvent[]>([...this.#unfiltered].map((share) => [share, [...events]]));
    if (this.#filtered.size === 0) return routes;
    for (const event of events) {
      for (const share of this.#filtersOf(event)) {
        const route = routes.get(share);
        if (route) route.push(event);
        else routes.set(share, [event]);
      }
    }
    return routes;
  }

  #filtersOf(event: TableEvent): Set<TableShare> {
    const found = new Set<TableShare>();
    for (const [column, shares] of this.#filtered) {
      const values = 'row' in event ? valuesOf(event.row, column) : undefined;
      const groups = values ? values.map((value) => shares.get(value)) : shares.values();
      for (const group of groups) for (const share of group ?? []) found.add(share);
    }
    return found;
  }
}

/** The old and new value of a column; undefined if one is unknown, so that every share has to check. */
function valuesOf({ before, after, description }: ChangedRow, column: string) {
  const index = description.columns.indexOf(column);
  const values: string[] = [];
  for (const row of [before, after]) {
    if (!row) continue;
    const value = row[index];
    if (value === undefined || typeof value === 'symbol') return undefined;
    if (value !== null) values.push(value);
  }
  return values;
}
