import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseLostError, ForeignObjectsError, SchemaMissingError } from '../errors.ts';
import { type Connection, checkSchema, installMissing, isServerError } from '../postgres/index.ts';
import type { Waits } from './waits.ts';

/** Milliseconds between two attempts of a candidate. */
const electionInterval = 250;

/**
 * Waits until this instance wins an election among all instances connected to the same database. The holder is recorded
 * as a row of `crossbar._election`, which is void when its session has ended. A missing schema is installed. If the
 * database has no such table, the holder takes an advisory lock instead, although any role could take that lock.
 *
 * @param election name of the election.
 * @param standby called when another instance is the holder.
 * @param waits receives waits for the installation.
 * @returns whether this instance was elected; false after `stop`.
 * @throws `DatabaseLostError` on a standby server, and errors of the installer.
 */
export async function elected(
  connection: Connection,
  election: string,
  stop: AbortSignal,
  standby: () => void,
  waits: Waits,
): Promise<boolean> {
  const elect = (await hasTable(connection, stop, waits)) ? byRow : byLock;
  while (!stop.aborted) {
    if (await elect(connection, election)) return true;
    standby();
    await sleep(electionInterval, undefined, { signal: stop }).catch(() => undefined);
  }
  return false;
}

/** Whether any instance holds an election now, as recorded in the table. */
export async function isElected(connection: Connection, election: string): Promise<boolean> {
  const [row] = await connection.query<{ held: boolean }>(
    `SELECT EXISTS (
       SELECT FROM crossbar._election WHERE name = $1 AND crossbar._is_alive(process_id, backend_start)
     ) AS held`,
    [election],
  );
  return row?.held ?? false;
}

async function hasTable(connection: Connection, stop: AbortSignal, waits: Waits): Promise<boolean> {
  try {
    await checkSchema({ connection });
  } catch (error) {
    if (error instanceof SchemaMissingError || error instanceof ForeignObjectsError) return false;
    throw error;
  }
  const [found] = await connection.query<{ exists: boolean }>(
    `SELECT to_regproc('crossbar._elect') IS NOT NULL AS exists`,
  );
  if (!found?.exists)
    await waits.during('waiting to install', stop, (patience) => installMissing(connection, patience));
  return true;
}

async function byRow(connection: Connection, election: string): Promise<boolean> {
  try {
    const [row] = await connection.query<{ won: boolean }>('SELECT crossbar._elect($1) AS won', [election]);
    return row?.won ?? false;
  } catch (error) {
    // 25006 read_only_sql_transaction
    if (!isServerError(error) || error.code !== '25006') throw error;
    throw new DatabaseLostError('the server is a standby, which accepts no writes', { cause: error });
  }
}

async function byLock(connection: Connection, election: string): Promise<boolean> {
  const key = createHash('sha256').update(election).digest().readInt32BE();
  const [row] = await connection.query<{ won: boolean }>('SELECT pg_try_advisory_lock(6000, $1) AS won', [key]);
  return row?.won ?? false;
}
