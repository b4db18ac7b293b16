/**
 * Sources of messages in PostgreSQL: NOTIFY, tables, and the write-ahead log.
 *
 * @module
 */
export { type NotifyOptions, NotifySource } from './notify-source.ts';
export { type OutboxOptions, OutboxSource, type OutboxTable } from './outbox-source.ts';
export {
  faultOfParts,
  type Publication,
  parseNotification,
  parsePublication,
  publicationOutbox,
  wantsAcknowledgement,
} from './publication.ts';
export { type Member, membersOf, rowObject } from './row-json.ts';
export { walMessages } from './wal-messages.ts';
export {
  type ChangeParser,
  type LargeRowChange,
  type LogicalMessage,
  nameOfType,
  type RowChange,
  type WalChange,
  type WalRowsOptions,
  type WalTable,
  type WalTransaction,
  walRows,
} from './wal-rows.ts';
export {
  type WalBatch,
  type WalBorders,
  type WalDecoder,
  type WalOptions,
  type WalPlugin,
  WalSource,
} from './wal-source.ts';
