import { isElected } from '@pgwamp/core/internal/election';
import { electionLock } from './choose-delivery.ts';
import type { PublisherContext } from './context.ts';

/** A slot of pgwamp in this database that nobody reads. */
interface IdleSlot {
  readonly slot: string;
  /** The realm that the slot was created for, if it is known. */
  readonly realm: string | null;
  readonly retained: string;
  /** The SQL that removes the slot. If the realm remained known, the next Publisher would create the slot again. */
  readonly removal: string;
}

/**
 * Warns once of each slot that nobody reads, because PostgreSQL retains all WAL for it until the disk is full. The slot
 * is not removed automatically, because the Publisher of its realm may be about to start.
 *
 * @param own the slot of this Publisher.
 */
export async function reportIdleSlots({ connection, state, log }: PublisherContext, own: string): Promise<void> {
  const idle = await connection.query<IdleSlot>(
    `SELECT slot_name AS slot, realm, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS retained,
       coalesce(format('DELETE FROM crossbar.realm WHERE realm = %L; ', realm), '') ||
       format('SELECT pg_drop_replication_slot(%L);', slot_name) AS removal
     FROM pg_replication_slots LEFT JOIN crossbar.realm ON slot = slot_name
     WHERE database = current_database() AND slot_name ~ '^crossbar_[0-9]+_' AND slot_name <> $1 AND NOT active ORDER BY slot_name`,
    [own],
  );
  for (const { slot, realm, retained, removal } of idle) {
    if (state.idleSlots.has(slot)) continue;
    if (realm !== null && (await isElected(connection, electionLock(realm)))) continue;
    state.idleSlots.add(slot);
    const whose = realm === null ? 'no known realm' : `realm ${JSON.stringify(realm)}`;
    log.warn(
      { slot, realm, retained },
      'replication slot %s of %s is not in use and retains %s of WAL: start the Publisher of the realm, or remove the slot: %s',
      ...[slot, whose, retained, removal],
    );
  }
}
