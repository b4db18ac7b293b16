/**
 * PostgreSQL: connections that notice their own loss, LISTEN that heals itself, workers that run transactions and keep nothing of
 * them, and the installer of `sql/`.
 *
 * @module
 */

export { bundleSql } from './bundle.ts';
export { connectClient, isServerError, reason } from './client.ts';
export { Connection, type QueryOptions } from './connection.ts';
export { advisoryLockClass, hasChanged, type Installation, type InstallationReport, install } from './installer.ts';
export { Listener, type ListenerCallbacks } from './listener.ts';
export { prepareLoopback } from './loopback.ts';
export { NestedPools } from './nested-pools.ts';
export {
  type FunctionFile,
  type Migration,
  readSqlFiles,
  type SqlFile,
  type SqlFiles,
  sqlFolder,
} from './sql-files.ts';
export { type Phase, StatementError } from './statement-error.ts';
export type { Results, Row, RowConsumer, Statement, Transaction } from './transaction.ts';
export { Worker } from './worker.ts';
export { WorkerPool, type WorkerPoolOptions, type WorkerPoolStats } from './worker-pool.ts';
