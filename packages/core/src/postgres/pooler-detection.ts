import type pg from 'pg';
import { PoolerError } from '../errors.ts';
import { isServerError } from './server-error.ts';

/** Milliseconds that a pooler may keep a client waiting for a server connection. */
const patience = 3000;
/** A pooler may give each client the same server connection several times in a row. */
const rounds = 4;

/**
 * Checks that all statements of a client run in the same session. A pooler reports another process id than PostgreSQL.
 * It may still pool by session, which is allowed. To find out, a second client occupies a server connection with an
 * open transaction, while the first one queries its server process. If the pooler pools by transaction, the clients
 * sooner or later exchange their server connections.
 *
 * @throws `PoolerError` if the statements of one client run in different sessions.
 */
export async function checkIdentity(client: pg.Client, connectSecond: () => Promise<pg.Client>): Promise<void> {
  const before = await backend(client);
  if (before === client.processID) return;
  const second = await connectSecond();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const occupied = await withPatience(occupy(second));
      // The pooler has no connection for the second client, so the first one keeps its own.
      if (occupied === undefined) return;
      if (occupied === before || (await withPatience(backend(client))) !== before) throw new PoolerError();
      await second.query('COMMIT');
    }
  } finally {
    second.connection.stream.destroy();
  }
}

/**
 * Starts a transaction and returns its server process.
 *
 * @throws `PoolerError` if the pooler allows no transactions, because it pools by statement.
 */
async function occupy(client: pg.Client): Promise<number> {
  await client.query('BEGIN').catch((error: unknown) => {
    throw isServerError(error) && !error.code?.startsWith('57') ? new PoolerError() : error;
  });
  return backend(client);
}

async function backend(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

async function withPatience(answer: Promise<number>): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, patience, undefined);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
    // The answer is no longer needed: the connection is closed next.
    answer.catch(() => undefined);
  }
}
