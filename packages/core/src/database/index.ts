/**
 * PostgreSQL: connections that notice their own loss, LISTEN that heals itself, and the installer of `sql/`.
 *
 * @module
 */
export { connectClient, isServerError, reason } from './client.ts';
export { Connection, type QueryOptions } from './connection.ts';
export { advisoryLockClass, type Installation, type InstallationReport, install } from './installer.ts';
export { Listener, type ListenerCallbacks } from './listener.ts';
export { prepareLoopback } from './loopback.ts';
export { type Migration, readSqlFiles, type SqlFile, type SqlFiles, sqlFolder } from './sql-files.ts';
