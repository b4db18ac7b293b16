import { randomBytes } from 'node:crypto';
import { type Connection, type Lsn, lsnText, parseLsn } from '@pgwamp/core/internal/postgres';

/** A slot that is dropped at the end of the session that reads it. */
export interface TemporarySlot {
  readonly name: string;
  /** Creates it, in the session that reads it. */
  readonly statement: string;
}

/**
 * A temporary slot. It starts at the present position, or at the position of the slot that it is a copy of. In this
 * way, any number of gateways can independently read the log that one durable slot keeps.
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
  /** Unique among all timelines and clusters. */
  readonly name: string;
  /** Whether it is the first timeline of the cluster. */
  readonly isFirst: boolean;
}

/** The start position of a slot. */
export async function startOf(connection: Connection, slot: string): Promise<Lsn> {
  const [row] = await connection.query<{ position: string }>(
    'SELECT confirmed_flush_lsn::text AS position FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  return parseLsn(row?.position ?? '0/0');
}

/** The number of bytes of log that PostgreSQL retains for a slot. */
export async function retainedBy(connection: Connection, slot: string): Promise<number | undefined> {
  const [row] = await connection.query<{ bytes: string }>(
    'SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS bytes FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  return row && Number(row.bytes);
}

/** The end of the log that can be read at present. */
export async function endOfLog(connection: Connection): Promise<Lsn> {
  const [row] = await connection.query<{ position: string }>('SELECT pg_current_wal_flush_lsn()::text AS position');
  return parseLsn(row?.position ?? '0/0');
}

/**
 * The cluster and the timeline of the log. After a standby was promoted or a backup restored, the same position refers
 * to other records.
 *
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */
export async function timelineOf(connection: Connection): Promise<Timeline> {
  // The control file reports a new timeline only after the first checkpoint that follows a promotion.
  const [row] = await connection.query<{ cluster: string; file: string }>(
    'SELECT system_identifier::text AS cluster, pg_walfile_name(pg_current_wal_insert_lsn()) AS file FROM pg_control_system()',
  );
  const number = Number.parseInt(row?.file.slice(0, 8) ?? '', 16);
  return { name: `${BigInt(row?.cluster ?? 0).toString(36)}-${number}`, isFirst: number === 1 };
}

/**
 * Lets PostgreSQL discard the log before a position. Another gateway may have advanced the slot further, or may do so
 * concurrently.
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
