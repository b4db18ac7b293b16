import { unchanged, type Value } from '@pgwamp/core/internal/postgres';
import {
  type Member,
  membersOf,
  type RowChange,
  rowObject,
  type WalTable,
  type WalTransaction,
} from '@pgwamp/core/internal/sources';
import type { Table } from '../log/table.ts';

/** A row whose values may be unknown: undefined if the log does not contain them. */
export type PartialRow = readonly (Value | undefined)[];

/** The change from the view of a client. */
export type Operation = 'insert' | 'update' | 'delete';

/** The parts of a change that are the same for all clients. */
export interface ChangedRow {
  readonly kind: RowChange['kind'];
  /** Undefined for INSERT. */
  readonly before: PartialRow | undefined;
  /** Undefined for DELETE. */
  readonly after: PartialRow | undefined;
  readonly description: TableDescription;
  /** The commit time of its transaction, as JSON. */
  readonly at: string;
}

/** A table as it was at the time of the changes. It formats rows for clients that may read some of its columns. */
export class TableDescription {
  readonly columns: readonly string[];
  readonly #members: readonly Member[];
  /**
   * The columns that identify rows for clients: the replica identity, or the primary key if the identity is the whole
   * row.
   */
  readonly #key: ReadonlySet<string>;
  readonly #generated: readonly string[];
  readonly #head: (operation: Operation) => string;
  readonly #whole: RowView;
  /** The view of the last viewer: a batch of changes usually has the same viewer. */
  #partial: { readonly columns: ReadonlySet<string>; readonly view: RowView } | undefined;

  constructor(table: WalTable, { primaryKey, identityColumns, generated }: Table) {
    this.#members = membersOf(table);
    this.columns = this.#members.map(({ name }) => name);
    const columns = new Set(this.columns);
    const [key = this.columns] = [identityColumns, primaryKey].filter(
      (names) => names.length > 0 && names.every((name) => columns.has(name)),
    );
    this.#key = new Set(key);
    // Since PostgreSQL 18, a publication may include stored generated columns.
    this.#generated = generated.filter((name) => !columns.has(name));
    const heads = { insert: head('insert', table), update: head('update', table), delete: head('delete', table) };
    this.#head = (operation) => heads[operation];
    this.#whole = this.#view(() => true);
  }

  /** The format of rows for viewers that may read some columns; undefined means all. */
  viewFor(columns: ReadonlySet<string> | undefined): RowView {
    if (columns === undefined) return this.#whole;
    if (this.#partial?.columns !== columns) {
      this.#partial = { columns, view: this.#view((name) => columns.has(name)) };
    }
    return this.#partial.view;
  }

  #view(isReadable: (column: string) => boolean): RowView {
    const members = this.#members.filter(({ name }) => isReadable(name));
    return {
      members,
      key: members.filter(({ name }) => this.#key.has(name)),
      generated: this.#generated.filter(isReadable),
      head: this.#head,
    };
  }
}

/** The visible columns of a table. */
export interface RowView {
  readonly members: readonly Member[];
  readonly key: readonly Member[];
  readonly generated: readonly string[];
  head(operation: Operation): string;
}

/** Cached, since many changes belong to one transaction. */
const times = new WeakMap<WalTransaction, string>();

/** The rows before and after a change. Values that an UPDATE left unchanged are the same in both. */
export function changedRow(change: RowChange, description: TableDescription): ChangedRow {
  const { kind, table, key, old, transaction } = change;
  const given = old ?? (key && onlyKey(table, key));
  const before = given ?? (change.new && kind === 'update' ? onlyKey(table, change.new) : undefined);
  const after =
    kind === 'update'
      ? change.new?.map((value, index) => (value === unchanged ? (old?.[index] ?? value) : value))
      : change.new;
  return { kind, before, after, description, at: timeOf(transaction) };
}

function timeOf(transaction: WalTransaction): string {
  const known = times.get(transaction);
  if (known !== undefined) return known;
  const at = JSON.stringify(transaction.at);
  times.set(transaction, at);
  return at;
}

/** The log has NULL for all other columns instead of their values. */
function onlyKey({ columns }: WalTable, values: readonly Value[]): PartialRow {
  return columns.map(({ isKey }, index) => (isKey ? values[index] : undefined));
}

/**
 * The message for viewers with a view of a row.
 *
 * @param operation the change from their view: a row that they may no longer see counts as deleted.
 */
export function payloadOf({ kind, before, after, at }: ChangedRow, operation: Operation, view: RowView): string {
  const row = (operation === 'delete' ? before : after) ?? [];
  const key = rowObject(view.key, row);
  let text = `${view.head(operation)},"at":${at},"key":${key}`;
  if (operation === 'update' && before) {
    const oldKey = rowObject(view.key, before);
    if (oldKey !== key) text += `,"old_key":${oldKey}`;
  }
  if (operation === 'delete') return `${text}}`;
  text += `,"row":${rowObject(view.members, row)}`;
  if (kind === 'update') {
    const same = view.members.filter(({ index }) => row[index] === unchanged).map(({ name }) => name);
    if (same.length > 0) text += `,"unchanged":${JSON.stringify(same)}`;
  }
  if (view.generated.length > 0) text += `,"generated":${JSON.stringify(view.generated)}`;
  return `${text}}`;
}

/** The message for TRUNCATE. */
export function truncationPayload(table: WalTable, at: Date): string {
  return `${head('truncate', table)},"at":${JSON.stringify(at)}}`;
}

function head(operation: Operation | 'truncate', { schema, table }: WalTable): string {
  return `{"op":"${operation}","schema":${JSON.stringify(schema)},"table":${JSON.stringify(table)}`;
}
