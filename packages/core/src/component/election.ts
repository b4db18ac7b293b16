import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { advisoryLockClass, type Connection } from '../postgres/index.ts';

/** Milliseconds between two tries of a candidate. */
const candidacy = 250;

/**
 * Waits until this instance is the one that serves `office`, among all that are connected to the same database. The advisory lock
 * is the election; it ends with the session. A candidate asks again and again, because waiting within a statement would
 * hold back VACUUM.
 *
 * @param standingBy is called when another instance serves.
 * @returns whether it was elected; false when told to stop.
 */
export async function elected(
  connection: Connection,
  office: string,
  stop: AbortSignal,
  standingBy: () => void,
): Promise<boolean> {
  const key = keyOf(office);
  while (!stop.aborted) {
    const [row] = await connection.query<{ won: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS won', [
      advisoryLockClass,
      key,
    ]);
    if (row?.won) return true;
    standingBy();
    await sleep(candidacy, undefined, { signal: stop }).catch(() => undefined);
  }
  return false;
}

/** Whether some instance, this one or another, serves `office` at this moment. */
export async function isServed(connection: Connection, office: string): Promise<boolean> {
  const [row] = await connection.query<{ served: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1 AND objid = $2
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     ) AS served`,
    [advisoryLockClass, keyOf(office) >>> 0],
  );
  return row?.served ?? false;
}

function keyOf(office: string): number {
  return createHash('sha256').update(office).digest().readInt32BE();
}
