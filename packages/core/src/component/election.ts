import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { advisoryLockClass, type Connection } from '../postgres/index.ts';

/** Milliseconds between two attempts of a candidate. */
const electionInterval = 250;

/**
 * Waits until this instance holds an election lock, among all that are connected to the same database. It is an advisory lock, which
 * ends with the session. A candidate asks repeatedly, because waiting within a statement would hold back VACUUM.
 *
 * @param lock the name of the lock.
 * @param standby is called when another instance holds it.
 * @returns whether it was elected; false when told to stop.
 */
export async function elected(
  connection: Connection,
  lock: string,
  stop: AbortSignal,
  standby: () => void,
): Promise<boolean> {
  const key = keyOf(lock);
  while (!stop.aborted) {
    const [row] = await connection.query<{ won: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS won', [
      advisoryLockClass,
      key,
    ]);
    if (row?.won) return true;
    standby();
    await sleep(electionInterval, undefined, { signal: stop }).catch(() => undefined);
  }
  return false;
}

/** Whether an instance, this one or another, holds an election lock now. */
export async function isElected(connection: Connection, lock: string): Promise<boolean> {
  const [row] = await connection.query<{ held: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1 AND objid = $2
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     ) AS held`,
    [advisoryLockClass, keyOf(lock) >>> 0],
  );
  return row?.held ?? false;
}

function keyOf(lock: string): number {
  return createHash('sha256').update(lock).digest().readInt32BE();
}
