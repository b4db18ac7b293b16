import { randomBytes } from 'node:crypto';
import { type Connection, type Lsn, parseLsn } from '@pgwamp/core/internal/postgres';

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

/** Where a slot begins to be read. */
export async function startOf(connection: Connection, slot: string): Promise<Lsn> {
  const [row] = await connection.query<{ position: string }>(
    'SELECT confirmed_flush_lsn::text AS position FROM pg_replication_slots WHERE slot_name = $1',
    [slot],
  );
  return parseLsn(row?.position ?? '0/0');
}

/** Where the log ends now, as far as it can be read. */
export async function endOfLog(connection: Connection): Promise<Lsn> {
  const [row] = await connection.query<{ position: string }>('SELECT pg_current_wal_flush_lsn()::text AS position');
  return parseLsn(row?.position ?? '0/0');
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

/** PostgreSQL's text form of a position. */
export function lsnText(position: Lsn): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffff_ffffn).toString(16)}`.toUpperCase();
}
