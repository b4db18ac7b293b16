import { randomBytes } from 'node:crypto';
import { type Connection, type Lsn, lsnText, parseLsn } from '@pgwamp/core/internal/postgres';

/** A slot that ends with the session that reads it. */
export interface TemporarySlot {
  readonly name: string;
  /** Makes it, in the session that is to read it. */
  readonly statement: string;
}

/**
 * A temporary slot, which begins now; or where another one is, of which it is a copy. So any number of gateways read what one durable slot
 * keeps, each for itself.
 */
export function temporarySlot(original?: string): TemporarySlot {
  const name = `pgwamp_gateway_${randomBytes(8).toString('hex')}`;
  const statement =
    original === undefined
      ? `SELECT pg_catalog.pg_create_logical_replication_slot('${name}', 'pgoutput', true)`
      : `SELECT pg_catalog.pg_copy_logical_replication_slot('${original}', '${name}', true)`;
  return { name, statement };
}

/** A timeline of a cluster. */
export interface Timeline {
  /** Differs from that of every other timeline and cluster. */
  readonly name: string;
  /** Whether the cluster never had another one. */
  readonly isFirst: boolean;
}

/** Where a slot begins to be read. */
export async function startOf(connection: Connection, slot: string): Promise<Lsn> {
  const [row] = await connection.query<{ position: string }>(
    'SELECT confirmed_flush_lsn::text AS position FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  return parseLsn(row?.position ?? '0/0');
}

/** How many bytes of the log PostgreSQL retains for a slot. */
export async function retainedBy(connection: Connection, slot: string): Promise<number | undefined> {
  const [row] = await connection.query<{ bytes: string }>(
    'SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS bytes FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  return row && Number(row.bytes);
}

/** Where the log ends now, as far as it can be read. */
export async function endOfLog(connection: Connection): Promise<Lsn> {
  const [row] = await connection.query<{ position: string }>('SELECT pg_current_wal_flush_lsn()::text AS position');
  return parseLsn(row?.position ?? '0/0');
}

/**
 * Which cluster the log is of, and which of its timelines: after a standby was promoted, or a backup restored, the same position is another place.
 *
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */
export async function timelineOf(connection: Connection): Promise<Timeline> {
  // What the control file says of the timeline comes late: only with the first checkpoint after a promotion.
  const [row] = await connection.query<{ cluster: string; file: string }>(
    'SELECT system_identifier::text AS cluster, pg_walfile_name(pg_current_wal_insert_lsn()) AS file FROM pg_control_system()',
  );
  const number = Number.parseInt(row?.file.slice(0, 8) ?? '', 16);
  return { name: `${BigInt(row?.cluster ?? 0).toString(36)}-${number}`, isFirst: number === 1 };
}

/**
 * Lets PostgreSQL forget what lies before a position. Another gateway may have advanced the slot further, or may do so now.
 *
 * @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION
 */
export async function advance(connection: Connection, slot: string, position: Lsn): Promise<void> {
  await connection.query(
    `SELECT pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_replication_slots
     WHERE slot_name = $1 AND NOT active AND confirmed_flush_lsn < $2::pg_lsn`,
    [slot, lsnText(position)],
    { timeout: Number.POSITIVE_INFINITY },
  );
}
