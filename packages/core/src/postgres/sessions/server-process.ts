import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { connectClient } from '../client.ts';

/** The server process of a session. Its id may be reused after its end. The start time distinguishes the processes. */
export interface ServerProcess {
  readonly id: number;
  readonly start: string;
}

/** The activity of a server process, as far as its client needs it. */
export type ServerActivity = 'gone' | 'waiting for its client' | 'at work';

const start = "pg_catalog.encode(pg_catalog.timestamptz_send(backend_start), 'hex')";
/** Qualified for any search_path of the session. */
const thisOne = `FROM pg_catalog.pg_stat_get_activity($1) WHERE ${start} OPERATOR(pg_catalog.=) $2`;

/** Returns the server process of a session itself, not of a pooler in between. */
export async function serverProcessOf(client: pg.Client): Promise<ServerProcess> {
  const { rows } = await client.query<ServerProcess>(
    `SELECT pid AS id, ${start} AS start FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())`,
  );
  return rows[0] ?? { id: 0, start: '' };
}

/**
 * Queries the activity of a server process, on another connection.
 *
 * @throws if the query fails.
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
 * Terminates a server process, and with it its transaction and locks.
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
    // The timeout also limits the end of a connection that no longer answers.
    await client.end();
    clearTimeout(giveUp);
  }
}
