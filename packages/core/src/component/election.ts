import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseLostError, ForeignObjectsError, SchemaMissingError } from '../errors.ts';
import { type Connection, checkSchema, installMissing, isServerError } from '../postgres/index.ts';
import type { Waits } from './waits.ts';

/** Milliseconds between two attempts of a candidate. */
const electionInterval = 250;

/**
 * Waits until this instance holds an election, among all that are connected to the same database. The holder is a row of
 * `crossbar._election`, which is void as soon as its session has ended; the schema is installed where it is missing. In a database that has no
 * place for it, the holder has an advisory lock, which every role could take.
 *
 * @param election its name.
 * @param standby is called when another instance holds it.
 * @param waits is told of a wait to install.
 * @returns whether it was elected; false when told to stop.
 * @throws `DatabaseLostError` on a standby server, and what the installer throws.
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

/** Whether an instance, this one or another, holds an election by its row now. */
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
    throw new DatabaseLostError('the server is a standby, which takes no writes', { cause: error });
  }
}

async function byLock(connection: Connection, election: string): Promise<boolean> {
  const key = createHash('sha256').update(election).digest().readInt32BE();
  const [row] = await connection.query<{ won: boolean }>('SELECT pg_try_advisory_lock(6000, $1) AS won', [key]);
  return row?.won ?? false;
}
