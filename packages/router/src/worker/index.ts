/**
 * Reads a router worker of a Crossbar.io node, and starts a router with its realms and transports.
 *
 * @packageDocumentation
 */
export { readWorker } from './read-worker.ts';
export { type RunningWorker, startWorker } from './start-worker.ts';
export type { Worker } from './worker-schema.ts';
