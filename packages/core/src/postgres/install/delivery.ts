import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { DatabaseLostError, DatabaseRefusedError, DeliveryUnavailableError } from '../../errors.ts';
import { connectClient, connectTimeout } from '../client.ts';
import type { Connection } from '../connection.ts';
import { missingForLog } from '../replication/log-requirements.ts';
import { connectError, isServerError } from '../server-error.ts';

/** The way in which publications leave the database. */
export type Delivery = 'wal' | 'outbox' | 'notify';

/** The delivery that a Publisher uses, and the missing requirements of `wal` if `auto` was configured. */
export interface DeliveryChoice {
  readonly delivery: Delivery;
  readonly missing: readonly string[];
}

/** The replication slot for `wal`, and the database to read it from. */
export interface SlotReading {
  readonly database: DatabaseConfiguration;
  readonly slot: string;
}

/**
 * Determines the delivery: `auto` means `wal` if its requirements are met, otherwise `outbox`.
 *
 * @param reading also checks whether the slot can be created and read. An existing slot is not checked, because it has
 *   worked before.
 * @throws `DeliveryUnavailableError` if `wal` is configured and its requirements are not met; `DatabaseLostError` if
 *   the server is a standby, because no delivery works there before its promotion.
 */
export async function chooseDelivery(
  connection: Connection,
  wanted: Delivery | 'auto',
  reading?: SlotReading,
): Promise<DeliveryChoice> {
  await refuseStandby(connection);
  if (wanted === 'outbox' || wanted === 'notify') return { delivery: wanted, missing: [] };
  const missing = await missingForWal(connection);
  if (missing.length === 0 && reading) missing.push(...(await missingForSlot(connection, reading)));
  if (wanted === 'wal' && missing.length > 0) throw new DeliveryUnavailableError('wal', missing);
  return { delivery: missing.length > 0 ? 'outbox' : 'wal', missing };
}

async function refuseStandby(connection: Connection): Promise<void> {
  const [server] = await connection.query<{ recovery: boolean }>('SELECT pg_is_in_recovery() AS recovery');
  if (server?.recovery) throw new DatabaseLostError('the server is a standby, which accepts no writes');
}

async function missingForWal(connection: Connection): Promise<string[]> {
  const missing = await missingForLog(connection);
  const [found] = await connection.query<{ exists: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = 'crossbar') AS exists`,
  );
  return found?.exists
    ? missing
    : [...missing, 'there is no publication crossbar (CREATE PUBLICATION crossbar, as superuser)'];
}

/** Returns the reasons why the slot cannot be created or read, unless it exists already. */
async function missingForSlot(connection: Connection, { database, slot }: SlotReading): Promise<string[]> {
  const [slots] = await connection.query<{ exists: boolean; used: number; max: number }>(
    `SELECT coalesce(bool_or(slot_name = $1), false) AS "exists", count(*)::int AS used,
       current_setting('max_replication_slots')::int AS max FROM pg_replication_slots`,
    [slot],
  );
  const { exists, used = 0, max = 0 } = slots ?? {};
  if (exists) return [];
  if (used >= max) return [`all ${max} replication slots are in use (raise max_replication_slots and restart)`];
  return await missingForReplication(database);
}

/**
 * Returns the reason why the log cannot be read from a slot, if there is one. It tries to connect, because a pooler,
 * pg_hba.conf or max_wal_senders may prevent it. PgBouncer supports replication from version 1.23 on.
 */
export async function missingForReplication(database: DatabaseConfiguration): Promise<string[]> {
  const refusal = await replicationRefusal(database);
  return refusal === undefined ? [] : [`no replication connection can be opened: ${refusal}`];
}

async function replicationRefusal(database: DatabaseConfiguration): Promise<string | undefined> {
  try {
    const client = await connectClient(database, 'pgwamp', { replication: 'database' } as pg.ClientConfig);
    const giveUp = setTimeout(() => client.connection.stream.destroy(), connectTimeout);
    try {
      // A pooler that ignores the parameter provides an ordinary session, in which this command is unknown.
      await client.query('IDENTIFY_SYSTEM');
    } finally {
      await client.end();
      clearTimeout(giveUp);
    }
    return undefined;
  } catch (error) {
    if (isServerError(error)) return error.message;
    if (error instanceof DatabaseRefusedError && !isTransient(error)) return error.message;
    throw connectError(database, error);
  }
}

/** Whether PostgreSQL is starting, stopping or out of connections. Such an error is not specific to replication. */
function isTransient({ sqlstate, message }: DatabaseRefusedError): boolean {
  return sqlstate.startsWith('57') || (sqlstate === '53300' && !message.includes('max_wal_senders'));
}

/** The delivery in force, if pgwamp is installed and a delivery is set. */
export async function deliveryInForce(connection: Connection): Promise<Delivery | undefined> {
  const [installed] = await connection.query<{ exists: boolean }>(
    `SELECT to_regclass('crossbar._delivery') IS NOT NULL AS exists`,
  );
  if (!installed?.exists) return undefined;
  const [row] = await connection.query<{ mode: Delivery }>('SELECT mode FROM crossbar._delivery');
  return row?.mode;
}

/**
 * Sets the delivery in force and the realm's slot, inside the installer's transaction. If the delivery changes, the
 * former delivery of each realm is recorded, except for NOTIFY, which stores nothing. Proxies always read both kinds.
 */
export async function enactDelivery(
  connection: Connection,
  delivery: Delivery,
  realm: string,
  slot: string,
): Promise<void> {
  await connection.query('DELETE FROM crossbar._former_delivery WHERE mode = $1', [delivery]);
  await connection.query(
    `INSERT INTO crossbar._former_delivery (realm, mode) SELECT realm, mode FROM crossbar.realm, crossbar._delivery
     WHERE mode NOT IN ($1, 'notify') AND NOT starts_with(realm, 'proxy ')`,
    [delivery],
  );
  await connection.query(
    `INSERT INTO crossbar._delivery AS delivery (mode) VALUES ($1)
     ON CONFLICT (one_row) DO UPDATE SET mode = excluded.mode, since = now() WHERE delivery.mode <> excluded.mode`,
    [delivery],
  );
  await connection.query('SELECT crossbar._adopt_outbox()');
  // In a copy of a database, the row still contains the slot of the original.
  await connection.query(
    `INSERT INTO crossbar.realm AS realm (realm, slot) VALUES ($1, $2)
     ON CONFLICT (realm) DO UPDATE SET slot = excluded.slot WHERE realm.slot <> excluded.slot`,
    [realm, slot],
  );
}
