/**
 * The demo of `pgwamp demo`, and PostgreSQL for other demonstrations. A program in production starts its own server.
 *
 * @packageDocumentation
 */

export { liveOn } from './changes.ts';
export type { Demo } from './demo.ts';
export type { DemoPublisher } from './demo-publisher.ts';
export { startDemo } from './start-demo.ts';
export { startTemporaryPostgres, type TemporaryPostgres } from './temporary-postgres.ts';
