import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import { type Patience, queryPatiently } from '../patient-query.ts';
import { isServerError } from '../server-error.ts';

/** Milliseconds between two tries to get hold of a slot, and tries until its former reader is ended. */
const retryPause = 100;
const triesOfGrace = 10;

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
 * Sees to it that a slot exists. One that PostgreSQL has invalidated is replaced: what it held is lost, and the fate says so.
 */
export async function ensureSlot(connection: Connection, slot: string, patience: Patience = {}): Promise<SlotFate> {
  const [found] = await connection.query<{ lost: boolean }>(
    `SELECT coalesce(wal_status = 'lost', false) AS lost FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  if (found && !found.lost) return 'there';
  if (found) await dropSlot(connection, slot);
  // Waits for transactions that write.
  await queryPatiently(connection, `SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot], patience);
  return found ? 'replaced' : 'created';
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
 * Whether a walsender is at work. One that waits for the client while nothing arrives there has lost it.
 *
 * @see https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
 */
export async function isWalSenderWorking(connection: Connection, processId: number): Promise<boolean> {
  const rows = await connection.query(
    `SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_type = 'walsender'
       AND (wait_event_type IS NULL OR wait_event_type NOT IN ('Client', 'Activity'))`,
    [processId],
  );
  return rows.length > 0;
}
