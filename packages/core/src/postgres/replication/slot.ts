import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import { type Patience, queryPatiently } from '../patient-query.ts';
import { isServerError } from '../server-error.ts';

/** Milliseconds between two attempts to use a slot, and number of attempts before its former reader is terminated. */
const retryPause = 100;
const triesOfGrace = 10;
/** Number of checks of a slot that another session creates, before that session is reported as a blocker. */
const looksUntilTold = 20;

/** The name of a realm's slot. Slot names are unique in the cluster and may only contain a-z, 0-9 and _. */
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

/** The result of `ensureSlot`. */
export type SlotFate = 'there' | 'created' | 'replaced';

/**
 * Creates a slot unless it exists. A slot that PostgreSQL has invalidated is replaced: its contents are lost, and the
 * result reports this. While another session creates the slot, this function waits, because PostgreSQL removes such a
 * slot if that session ends early.
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

/** Creates a slot, which waits for running transactions. Returns false if another session has created it meanwhile. */
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
 * Performs an operation on a slot when no other session reads it. The caller has won an election, so another reader can
 * only be a vanished one that PostgreSQL has not noticed. It is terminated after several attempts.
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
 * Whether the walsender that reads a slot is working. A walsender that waits for its client, while nothing arrives
 * here, has lost the connection.
 *
 * @see https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
 */
export async function isWalSenderWorking(connection: Connection, slot: string): Promise<boolean> {
  // The slot identifies it, because a process id may belong to a pooler, or to another process by now.
  const rows = await connection.query(
    `SELECT FROM pg_replication_slots JOIN pg_stat_activity ON pid = active_pid WHERE slot_name = $1 AND backend_type = 'walsender'
       AND (wait_event_type IS NULL OR wait_event_type NOT IN ('Client', 'Activity'))`,
    [slot],
  );
  return rows.length > 0;
}
