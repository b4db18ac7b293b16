import type { LogicalMessage, RowChange, WalChange, WalTable, WalTransaction } from '@pgwamp/core/internal/sources';

/** What a format writes. */
export interface Formattable {
  readonly id: string;
  /** The channel, topic or table that it is about. */
  readonly channel: string;
  readonly payload: string | Buffer;
  /** What it tells of, where it comes from the write-ahead log; it has no payload then. */
  readonly change?: Change | undefined;
}

/** What the write-ahead log has. */
export type Change = TableChange | Border | LogicalMessage;

/** A change of one table. */
export type TableChange = RowChange | TruncatedTable | LargeRow;

/** A table that was truncated, maybe with others. */
export interface TruncatedTable {
  readonly kind: 'truncate';
  readonly transaction: WalTransaction;
  readonly table: WalTable;
  readonly cascade: boolean;
  readonly restartIdentity: boolean;
}

/** A row that is larger than the limit: only its table is known. */
interface LargeRow {
  readonly kind: 'too_large';
  readonly operation: RowChange['kind'];
  readonly transaction: WalTransaction;
  readonly table: WalTable;
}

/** The border of a transaction. */
export type Border =
  | { readonly kind: 'begin'; readonly transaction: WalTransaction }
  | { readonly kind: 'commit'; readonly transaction: WalTransaction; readonly end: string };

/** Whether a change is one of a table, and can be routed by it. */
export function isOfTable(change: Change | undefined): change is TableChange {
  return change !== undefined && 'table' in change;
}

/** What a change does to its table, as templates and filters name it. */
export function actionOf(change: TableChange): RowChange['kind'] | 'truncate' {
  return change.kind === 'too_large' ? change.operation : change.kind;
}

/** A change of the log as changes of one table each: several tables may be truncated together. */
export function changesOf(change: WalChange): readonly Change[] {
  if (change.kind !== 'truncate') return [change];
  const { kind, transaction, cascade, restartIdentity } = change;
  return change.tables.map((table) => ({ kind, transaction, table, cascade, restartIdentity }));
}

/** The log position of a change, out of its id: what stands before the second slash. */
export function positionOf(id: string): string {
  return id.split('/', 2).join('/');
}
