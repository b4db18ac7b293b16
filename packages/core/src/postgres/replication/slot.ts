import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import { type Patience, queryPatiently } from '../patient-query.ts';
import { isServerError } from '../server-error.ts';

/** Milliseconds between two tries to get hold of a slot, and tries until its former reader is ended. */
const retryPause = 100;
const triesOfGrace = 10;
/** Looks at a slot that another session creates, until it is told who that is. */
const looksUntilTold = 20;

/** The name of a realm's slot: names are unique in the whole cluster and take only a-z, 0-9 and _. */
export async function slotName(connection: Connection, realm: string): Promise<string> {
  const [database] = await connection.query<{ oid: string }>(
    'SELECT oid::text FROM pg_database WHERE datname = current_database()',
  );
  const readable = realm
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 24);
  const exact = createHash('sha256').update(realm).digest('hex').slice(0, 8);
  return `crossbar_${database?.oid}_${readable}_${exact}`;
}

/** What became of a slot that should be there. */
export type SlotFate = 'there' | 'created' | 'replaced';

/**
 * Sees to it that a slot exists. One that PostgreSQL has invalidated is replaced: what it held is lost, and the fate says so. While another
 * session creates it, it is waited for: PostgreSQL removes such a slot again if that session ends too early.
 */
export async function ensureSlot(connection: Connection, slot: string, patience: Patience = {}): Promise<SlotFate> {
  for (let looks = 1; ; looks += 1) {
    const [found] = await connection.query<{ lost: boolean; ready: boolean; creator: number | null }>(
      `SELECT coalesce(wal_status = 'lost', false) AS lost, confirmed_flush_lsn IS NOT NULL AS ready, active_pid AS creator
       FROM pg_replication_slots WHERE slot_name = $1`,
      [slot],
    );
    if (found?.ready && !found.lost) return 'there';
    if (found?.lost) await dropSlot(connection, slot);
    if (!found || found.lost) {
      if (await createSlot(connection, slot, patience)) return found ? 'replaced' : 'created';
      continue;
    }
    if (looks % looksUntilTold === 0 && found.creator !== null) patience.waiting?.([found.creator]);
    await sleep(retryPause, undefined, { signal: patience.stop });
  }
}

/** Waits for transactions that write. Returns whether this session has created it, and not another one meanwhile. */
async function createSlot(connection: Connection, slot: string, patience: Patience): Promise<boolean> {
  try {
    await queryPatiently(connection, `SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot], patience);
    return true;
  } catch (error) {
    // 42710 duplicate_object
    if (isServerError(error) && error.code === '42710') return false;
    throw error;
  }
}

/** Drops a slot if it exists. */
export async function dropSlot(connection: Connection, slot: string): Promise<void> {
  await whenFree(connection, slot, AbortSignal.timeout(60_000), () =>
    connection.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [
      slot,
    ]),
  );
}

/**
 * Does something with a slot as soon as nobody else reads it. Who calls was elected, so that another reader can only be one that
 * has vanished without PostgreSQL's knowledge: after a while it is ended.
 */
export async function whenFree<Result>(
  connection: Connection,
  slot: string,
  stop: AbortSignal,
  act: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!isInUse(error) || stop.aborted) throw error;
      if (tries % triesOfGrace === 0) await endReader(connection, slot);
      await sleep(retryPause);
    }
  }
}

/** 55006 object_in_use */
function isInUse(error: unknown): boolean {
  return isServerError(error) && error.code === '55006';
}

async function endReader(connection: Connection, slot: string): Promise<void> {
  await connection.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1', [
    slot,
  ]);
}

/**
 * Whether the walsender that reads a slot is at work. One that waits for the client while nothing arrives there has lost it.
 *
 * @see https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
 */
export async function isWalSenderWorking(connection: Connection, slot: string): Promise<boolean> {
  // By its slot: a process id may be that of a pooler, or of another process by now.
  const rows = await connection.query(
    `SELECT FROM pg_replication_slots JOIN pg_stat_activity ON pid = active_pid WHERE slot_name = $1 AND backend_type = 'walsender'
       AND (wait_event_type IS NULL OR wait_event_type NOT IN ('Client', 'Activity'))`,
    [slot],
  );
  return rows.length > 0;
}
