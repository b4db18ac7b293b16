import type pg from 'pg';
import { PoolerError } from '../errors.ts';
import { isServerError } from './server-error.ts';

/** Milliseconds that a proxy may keep a client waiting for a server connection. */
const patience = 3000;
/** A proxy whose server connections take turns may give each client the same one several times in a row. */
const rounds = 4;

/**
 * Checks that the session is one, from the first statement to the last. A proxy gives itself away by another process id than
 * PostgreSQL's. It may still pool by session, which is fine: so a second client takes a server connection with an open
 * transaction, and the first one asks where it is meanwhile. By transaction, one of them sooner or later gets what was the other's.
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
      // No connection was left for the second client, so the first one keeps its own.
      if (occupied === undefined) return;
      if (occupied === before || (await withPatience(backend(client))) !== before) throw new PoolerError();
      await second.query('COMMIT');
    }
  } finally {
    second.connection.stream.destroy();
  }
}

/**
 * Begins a transaction, and says in which server process.
 *
 * @throws `PoolerError` if the proxy allows no transactions, since it pools by statement.
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
    // Too late to be asked for: the connection is closed next.
    answer.catch(() => undefined);
  }
}
