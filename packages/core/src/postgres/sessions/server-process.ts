import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { connectClient } from '../client.ts';

/** The server process of a session. Its id may come back when it has ended; the start tells the two apart. */
export interface ServerProcess {
  readonly id: number;
  readonly start: string;
}

/** What a server process is doing, as far as its client needs to know. */
export type ServerActivity = 'gone' | 'waiting for its client' | 'at work';

const start = "pg_catalog.encode(pg_catalog.timestamptz_send(backend_start), 'hex')";
/** Whatever search_path the session has. */
const thisOne = `FROM pg_catalog.pg_stat_get_activity($1) WHERE ${start} OPERATOR(pg_catalog.=) $2`;

/** The server process of a session, and not of a pooler in between. */
export async function serverProcessOf(client: pg.Client): Promise<ServerProcess> {
  const { rows } = await client.query<ServerProcess>(
    `SELECT pid AS id, ${start} AS start FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())`,
  );
  return rows[0] ?? { id: 0, start: '' };
}

/**
 * What a server process is doing, asked by another connection.
 *
 * @throws if PostgreSQL cannot be asked.
 */
export async function activityOf(
  configuration: DatabaseConfiguration,
  process: ServerProcess,
): Promise<ServerActivity> {
  const statement = `SELECT coalesce(wait_event OPERATOR(pg_catalog.~) '^Client(Read|Write)$', false) AS waiting ${thisOne}`;
  const [row] = await ask<{ waiting: boolean }>(configuration, process, statement);
  if (!row) return 'gone';
  return row.waiting ? 'waiting for its client' : 'at work';
}

/**
 * Ends a server process, and with it the transaction and the locks that it has.
 *
 * @throws if PostgreSQL cannot be reached.
 */
export async function endProcess(configuration: DatabaseConfiguration, process: ServerProcess): Promise<void> {
  await ask(configuration, process, `SELECT pg_catalog.pg_terminate_backend(pid) ${thisOne}`);
}

async function ask<Row extends object>(
  configuration: DatabaseConfiguration,
  { id, start }: ServerProcess,
  statement: string,
): Promise<Row[]> {
  const client = await connectClient(configuration, 'pgwamp asks');
  const giveUp = setTimeout(() => client.connection.stream.destroy(), configuration.heartbeat.timeout);
  try {
    return (await client.query<Row>(statement, [id, start])).rows;
  } finally {
    // The end of a line that is silent by now has the same bound.
    await client.end();
    clearTimeout(giveUp);
  }
}
