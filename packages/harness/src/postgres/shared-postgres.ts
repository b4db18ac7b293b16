import { connect as connectTo } from 'node:net';
import { createInterface } from 'node:readline';
import { GivenServer } from './given-server.ts';
import type { PostgresServer } from './postgres-server.ts';
import { startPostgres } from './start-postgres.ts';

/** The environment variable with the port on which {@link lendServers} serves the processes of a test run. */
export const lenderVariable = 'PGWAMP_TEST_SERVER_LENDER';

let shared: Promise<PostgresServer> | undefined;

/**
 * The server that all test files of this process share. It starts on first use and ends with the test run. Never stop
 * it: a test that stops a server starts its own with `startPostgres({ own: true })`.
 */
export function sharedPostgres(): Promise<PostgresServer> {
  const lender = process.env[lenderVariable];
  shared ??= lender && !process.env.TEST_DATABASE_URL ? borrow(Number(lender)) : startPostgres();
  return shared;
}

/** The lender stops the server when the connection closes, so it stays open as long as this process lives. */
async function borrow(port: number): Promise<PostgresServer> {
  const socket = connectTo(port, '127.0.0.1');
  for await (const line of createInterface({ input: socket })) {
    const answer: { url?: string; error?: string } = JSON.parse(line);
    if (answer.url === undefined) throw new Error(answer.error ?? 'the test run has no PostgreSQL server');
    socket.unref();
    return GivenServer.create(answer.url);
  }
  throw new Error('the test run ended before its PostgreSQL server had started');
}
