/**
 * Reads the router worker of a Crossbar.io node and starts a router with its realms and transports.
 *
 * @packageDocumentation
 */
export { RouterOptionError } from '../errors.ts';
export { routerMetrics } from '../web/metrics.ts';
export { readWorker } from './read-worker.ts';
export { withAbsolutePaths } from './relative-paths.ts';
export { checkWorker, type RunningWorker, startWorker } from './start-worker.ts';
export { type Worker, workerSchema } from './worker-schema.ts';
