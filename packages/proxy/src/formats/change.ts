import type {
  LargeRowChange,
  LogicalMessage,
  RowChange,
  WalChange,
  WalTable,
  WalTransaction,
} from '@pgwamp/core/internal/sources';

/** The input of a format. */
export interface Formattable {
  readonly id: string;
  /** The channel, topic or table of the message. */
  readonly channel: string;
  readonly payload: string | Buffer;
  /** The change, if the message comes from the write-ahead log; then there is no payload. */
  readonly change?: Change | undefined;
}

/** An entry of the write-ahead log. */
export type Change = TableChange | Border | LogicalMessage;

/** A change of one table. */
export type TableChange = RowChange | TruncatedTable | LargeRowChange;

/** The truncation of a table, possibly together with others. */
export interface TruncatedTable {
  readonly kind: 'truncate';
  readonly transaction: WalTransaction;
  readonly table: WalTable;
  readonly cascade: boolean;
  readonly restartIdentity: boolean;
}

/** The start or the end of a transaction. */
export type Border =
  | { readonly kind: 'begin'; readonly transaction: WalTransaction }
  | { readonly kind: 'commit'; readonly transaction: WalTransaction; readonly end: string };

/** Whether a change concerns a table and can be routed by it. */
export function isOfTable(change: Change | undefined): change is TableChange {
  return change !== undefined && 'table' in change;
}

/** The action of a change, by its name in templates and filters. */
export function actionOf(change: TableChange): RowChange['kind'] | 'truncate' {
  return change.kind === 'too_large' ? change.operation : change.kind;
}

/** Splits a change of the log into changes of one table each, since several tables may be truncated together. */
export function changesOf(change: WalChange): readonly Change[] {
  if (change.kind !== 'truncate') return [change];
  const { kind, transaction, cascade, restartIdentity } = change;
  return change.tables.map((table) => ({ kind, transaction, table, cascade, restartIdentity }));
}

/** The log position in the id of a change: the part before the second slash. */
export function positionOf(id: string): string {
  return id.split('/', 2).join('/');
}
