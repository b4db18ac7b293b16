import type { PostgresServer } from './postgres-server.ts';
import { startPostgres } from './start-postgres.ts';

let shared: Promise<PostgresServer> | undefined;

/**
 * The one server that all tests of this process share; it starts when first asked for.
 * Never stop it: a test that must, starts its own with `startPostgres({ own: true })`.
 */
export function sharedPostgres(): Promise<PostgresServer> {
  shared ??= startPostgres();
  return shared;
}

/** Stops the shared server if it was started. */
export async function releaseSharedPostgres(): Promise<void> {
  const server = await shared;
  shared = undefined;
  await server?.[Symbol.asyncDispose]();
}
