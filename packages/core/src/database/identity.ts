import type pg from 'pg';
import { PoolerError } from '../errors.ts';

/** Milliseconds after which a proxy with a single server connection shows itself: the second client keeps the first one waiting. */
const patience = 3000;

/**
 * Checks that the session is one, from the first statement to the last. A proxy gives itself away by another process id than
 * PostgreSQL's. It may still pool by session, which is fine: so a second client takes a server connection with an open
 * transaction, and a proxy that pools by transaction then has no choice but to give the first client another one.
 *
 * @throws {@link PoolerError} if the statements of one client run in different sessions.
 */
export async function checkIdentity(client: pg.Client, connectSecond: () => Promise<pg.Client>): Promise<void> {
  const before = await backend(client);
  if (before === client.processID) return;
  const second = await connectSecond();
  try {
    await second.query('BEGIN');
    await second.query('SELECT 1');
    if ((await withPatience(backend(client))) !== before) throw new PoolerError();
  } finally {
    second.connection.stream.destroy();
  }
}

async function backend(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
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
