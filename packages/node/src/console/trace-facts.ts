import { type Connection, type Lsn, lsnText, parseLsn } from '@pgwamp/core/internal/postgres';

/** A realm and the slot of its Publisher. */
interface RealmFact {
  readonly realm: string;
  readonly slot: string | null;
  readonly confirmed: string | null;
  readonly active: boolean | null;
}

/** The stored outcome of a publication in a realm. */
interface OutcomeFact {
  readonly realm: string;
  readonly state: 'acknowledged' | 'refused' | 'waiting';
  readonly publication: string | null;
  readonly error: string | null;
  readonly at: string | null;
}

/** A message that a sink could not deliver. */
interface ParkedFact {
  readonly destination: string;
  readonly state: string;
  readonly error: string;
}

/** A reader of the log other than a Publisher. */
export interface ReaderFact {
  readonly place: string;
  readonly name: string;
  readonly slot: string | null;
  readonly confirmed: string | null;
  readonly active: boolean | null;
  /** The position up to which a sink of a Proxy has everything. */
  readonly position: string | null;
  readonly parked: readonly ParkedFact[];
}

/** The facts about one message in a database. */
export interface Facts {
  readonly database: string;
  readonly delivery: string | undefined;
  /** The end of the log. */
  readonly end: Lsn;
  /** The position of the message in the log; undefined for a number of delivery `outbox` or `notify`. */
  readonly position: Lsn | undefined;
  /** The return value of `crossbar.publish`. */
  readonly number: bigint;
  readonly realms: readonly RealmFact[];
  readonly outcomes: readonly OutcomeFact[];
  readonly readers: readonly ReaderFact[];
  readonly subscriptions: number;
}

/**
 * Reads the facts about a message from a database.
 *
 * @param key its position in the log, or its number.
 */
export async function readFacts(connection: Connection, key: string): Promise<Facts> {
  const number = key.includes('/') ? parseLsn(key) : BigInt(key);
  const [base] = await connection.query<{
    database: string;
    delivery: string | null;
    end: string;
    subscriptions: number;
  }>(
    `SELECT current_database() AS database, (SELECT mode FROM crossbar._delivery) AS delivery,
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text AS end,
       (SELECT count(*)::int FROM crossbar.subscriptions) AS subscriptions`,
  );
  const { database = '', delivery = null, end = '0/0', subscriptions = 0 } = base ?? {};
  const isOfLog = key.includes('/') || delivery === 'wal';
  return {
    database,
    delivery: delivery ?? undefined,
    end: parseLsn(end),
    position: isOfLog ? number : undefined,
    number,
    realms: await readRealms(connection),
    outcomes: await readOutcomes(connection, number),
    readers: [...(await readSinks(connection, isOfLog ? number : undefined)), ...(await readSlots(connection))],
    subscriptions,
  };
}

function readRealms(connection: Connection): Promise<readonly RealmFact[]> {
  return connection.query(
    `SELECT realm, slot_name AS slot, confirmed_flush_lsn::text AS confirmed, active FROM crossbar.realm
     LEFT JOIN pg_replication_slots ON slot_name = slot ORDER BY realm`,
  );
}

function readOutcomes(connection: Connection, number: bigint): Promise<readonly OutcomeFact[]> {
  return connection.query(
    `SELECT realm, state, publication::text AS publication, error, settled_at::text AS at FROM crossbar.publications WHERE id = $1`,
    [String(number)],
  );
}

/** A row change is parked with the position and the index within it. */
function readSinks(connection: Connection, position: Lsn | undefined): Promise<readonly ReaderFact[]> {
  return connection.query(
    `SELECT 'Proxy' AS place, concat_ws(', sink ', proxies.proxy, proxies.sink) AS name, slot, active, proxies.position::text AS position, NULL AS confirmed,
       coalesce((SELECT json_agg(json_build_object('destination', destination, 'state', state, 'error', error) ORDER BY id)
         FROM crossbar.parked_message AS parked
         WHERE parked.proxy = proxies.proxy AND parked.sink = coalesce(proxies.sink, parked.sink)
           AND (split_part(message_id, '/', 1) || '/' || split_part(message_id, '/', 2)) = $1), '[]') AS parked
     FROM crossbar.proxies AS proxies ORDER BY 2`,
    [position === undefined ? null : lsnText(position)],
  );
}

/** Slots that belong to no realm and no Proxy. Slots of a Gateway have its prefix, or are read by it. */
function readSlots(connection: Connection): Promise<readonly ReaderFact[]> {
  return connection.query(
    `SELECT CASE WHEN slot_name ~ '^pgwamp_gateway' OR application_name ~ '^pgwamp gateway' THEN 'Gateway' ELSE 'Slot' END AS place,
       concat_ws(', process ', slot_name, active_pid) AS name, slot_name AS slot, active, NULL AS position,
       confirmed_flush_lsn::text AS confirmed, json_build_array() AS parked
     FROM pg_replication_slots LEFT JOIN pg_stat_activity ON pid = active_pid
     WHERE slot_type = 'logical' AND database = current_database()
       AND slot_name NOT IN (SELECT slot FROM crossbar.realm UNION ALL SELECT slot FROM crossbar.proxy WHERE slot IS NOT NULL)
     ORDER BY 1, 2`,
  );
}
