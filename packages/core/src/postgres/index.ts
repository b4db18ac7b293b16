/**
 * PostgreSQL: connections that detect their own loss, LISTEN that recovers from losses, sessions that run transactions
 * and are reset after each one, and the installer of `sql/`.
 *
 * @module
 */

export {
  ChannelSubscriptions,
  checkChannelName,
  type Position,
  type Subscriber,
  type Subscription,
} from './channel-subscriptions.ts';
export { connectClient } from './client.ts';
export { Connection, type QueryOptions } from './connection.ts';
export { bundleSql } from './install/bundle.ts';
export {
  chooseDelivery,
  type Delivery,
  type DeliveryChoice,
  deliveryInForce,
  enactDelivery,
  missingForReplication,
} from './install/delivery.ts';
export {
  checkSchema,
  differenceOfHistory,
  type Installation,
  type InstallationReport,
  install,
  installEvents,
  installMissing,
  summaryOf,
} from './install/installer.ts';
export { prepareLoopback } from './install/loopback.ts';
export {
  eventsSql,
  type FunctionFile,
  type Migration,
  readSqlFiles,
  type SqlFile,
  type SqlFiles,
  sqlFolder,
} from './install/sql-files.ts';
export { Notifications } from './notifications.ts';
export { type Patience, queryPatiently } from './patient-query.ts';
export { quotedIdentifier, quotedLiteral } from './quoting.ts';
export { mayReplicate, missingForLog } from './replication/log-requirements.ts';
export { type Lsn, lsnText, parseLsn, readLsn } from './replication/lsn.ts';
export {
  beginTime,
  type Column,
  commitEnd,
  epoch,
  isTransactional,
  messageLsn,
  messagePrefix,
  type NamedType,
  pgoutput,
  type Relation,
  readBegin,
  readRelation,
  readTruncation,
  readTupleHeads,
  readTuples,
  readType,
  type TransactionBegin,
  type Truncation,
  type Tuples,
  unchanged,
  type Value,
} from './replication/pgoutput.ts';
export {
  positionOf,
  type ReplicationCallbacks,
  type ReplicationOptions,
  ReplicationStream,
  startOf,
} from './replication/replication-stream.ts';
export { dropSlot, ensureSlot, isWalSenderWorking, type SlotFate, slotName, whenFree } from './replication/slot.ts';
export { explained, isServerError, isUnstorable, reason } from './server-error.ts';
export { LeveledPools } from './sessions/leveled-pools.ts';
export { PooledSession } from './sessions/pooled-session.ts';
export { SessionPool, type SessionPoolOptions, type SessionPoolStats } from './sessions/session-pool.ts';
export {
  type Phase,
  RowEncodingError,
  RowTooLongError,
  StatementError,
  transactionTimeout,
} from './sessions/statement-error.ts';
export type {
  BytesRow,
  FollowUp,
  ParameterValue,
  Results,
  Row,
  RowConsumer,
  Statement,
  Transaction,
} from './sessions/transaction.ts';
