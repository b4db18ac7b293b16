import { type Connection, quotedLiteral } from '@pgwamp/core/internal/postgres';
import { type Finding, findings } from './finding.ts';

/** A replication slot of this database that pgwamp has created. */
interface Slot {
  readonly name: string;
  readonly active: boolean;
  readonly status: string | null;
  readonly retained: string;
  readonly bytes: number;
  readonly known: boolean;
  readonly realm: string | null;
}

/** Bytes of WAL from which an unused slot causes a warning. */
const many = 64 * 1024 * 1024;

/** Rows are replicated to a standby. */
const outbox = 'give the Publisher "delivery": "outbox" if no publication may be lost in a failover';

/** Checks for free slots, the WAL that the slots of pgwamp retain, and its limit. */
export async function checkSlots(connection: Connection): Promise<Finding[]> {
  const slots = await connection.query<Slot>(
    `SELECT slot_name AS name, active, wal_status AS status,
       pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS retained,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS bytes, realm IS NOT NULL AS known, realm
     FROM pg_replication_slots LEFT JOIN (${await realmsOf(connection)}) AS realms ON slot = slot_name
     WHERE database = current_database() AND (slot_name ~ '^crossbar_[0-9]+_' OR realm IS NOT NULL) ORDER BY slot_name`,
  );
  return [
    await free(connection, slots),
    ...slots.map(judge),
    await bound(connection),
    await failover(connection, slots),
    ...(await foreignPlugins(connection)),
  ];
}

/** The slots of realms and Proxies, if their tables exist. */
async function realmsOf(connection: Connection): Promise<string> {
  const [found] = await connection.query<{ realm: boolean; proxy: boolean }>(
    `SELECT to_regclass('crossbar.realm') IS NOT NULL AS realm, to_regclass('crossbar.proxy') IS NOT NULL AS proxy`,
  );
  return [
    'SELECT NULL::text AS realm, NULL::text AS slot',
    ...(found?.realm ? [`SELECT 'realm ' || realm, slot FROM crossbar.realm WHERE realm !~ '^proxy '`] : []),
    ...(found?.proxy ? [`SELECT 'proxy ' || name, slot FROM crossbar.proxy`] : []),
  ].join(' UNION ALL ');
}

async function free(connection: Connection, own: readonly Slot[]): Promise<Finding> {
  const { ok, warn } = findings('free slots');
  const [row] = await connection.query<{ max: number; used: number }>(
    `SELECT current_setting('max_replication_slots')::int AS max, (SELECT count(*)::int FROM pg_replication_slots) AS used`,
  );
  const { max = 0, used = 0 } = row ?? {};
  if (used < max) return ok(`${max - used} of ${max} replication slots are free`);
  const fix = `ALTER SYSTEM SET max_replication_slots = ${max + 10};  -- as superuser, then restart PostgreSQL`;
  // The present slots work; only a further realm would find no free one.
  return own.some(({ active }) => active)
    ? ok(`all ${max} replication slots are in use`)
    : warn(`all ${max} replication slots are in use`, fix);
}

function judge({ name, active, status, retained, bytes, known, realm }: Slot): Finding {
  const { ok, warn, fail } = findings(`slot ${name}`);
  const drop = `SELECT pg_drop_replication_slot('${name}');`;
  // If the realm stays registered, the next Publisher creates the slot again.
  const [, kind = '', owner = ''] = /^(realm|proxy) (.*)$/s.exec(realm ?? '') ?? [];
  const [table, column] = kind === 'proxy' ? ['proxy', 'name'] : ['realm', 'realm'];
  const removal = `DELETE FROM crossbar.${table} WHERE ${column} = ${quotedLiteral(owner)}; ${drop}`;
  const isLost = status === 'lost';
  if (!known && active) return ok(`read by a sink that is behind, keeps ${retained} of WAL`);
  if (!known) {
    const state = isLost ? 'PostgreSQL has invalidated it' : `keeps ${retained} of WAL`;
    return warn(`belongs to no realm and no Proxy, and ${state}`, drop);
  }
  if (isLost)
    return kind === 'proxy'
      ? fail(
          'PostgreSQL has invalidated the slot: changes were lost',
          `SELECT crossbar.accept_gap(${quotedLiteral(owner)});`,
        )
      : fail('PostgreSQL has invalidated the slot: publications were lost', 'start the Publisher, which replaces it');
  if (active) return ok(`${realm}, in use, keeps ${retained} of WAL`);
  const text = `${realm}, nobody reads it, keeps ${retained} of WAL`;
  return bytes < many
    ? ok(text)
    : warn(text, `start ${kind === 'proxy' ? 'the Proxy' : 'the Publisher of the realm'}, or: ${removal}`);
}

async function bound(connection: Connection): Promise<Finding> {
  const { ok, warn } = findings('max_slot_wal_keep_size');
  const [row] = await connection.query<{ size: string }>(`SELECT current_setting('max_slot_wal_keep_size') AS size`);
  if (row?.size !== '-1') return ok(`a slot keeps at most ${row?.size} of WAL`);
  return warn(
    'an unused slot keeps WAL until the disk is full',
    "ALTER SYSTEM SET max_slot_wal_keep_size = '10GB'; SELECT pg_reload_conf();  -- as superuser",
  );
}

/** Since PostgreSQL 17, a slot can survive the failover to a standby. */
async function failover(connection: Connection, slots: readonly Slot[]): Promise<Finding> {
  const { ok, warn, skip } = findings('failover');
  const [row] = await connection.query<{ version: number; standbys: number }>(
    `SELECT current_setting('server_version_num')::int AS version,
       (SELECT count(*)::int FROM pg_replication_slots WHERE slot_type = 'physical') AS standbys`,
  );
  const { version = 0, standbys = 0 } = row ?? {};
  if (standbys === 0) return skip('no standby has a replication slot');
  if (slots.length === 0) return ok('pgwamp has no slots here that a failover could lose');
  if (version < 170_000) return warn('the slots are lost when a standby takes over', outbox);
  const names = slots.map(({ name }) => name);
  const without = await connection.query<{ name: string }>(
    'SELECT slot_name AS name FROM pg_replication_slots WHERE slot_name = ANY ($1) AND NOT failover',
    [names],
  );
  if (without.length === 0) return ok('the slots survive a failover');
  return warn(`these slots are lost when a standby takes over: ${without.map(({ name }) => name).join(', ')}`, outbox);
}

/**
 * Slots with a plugin that is not PostgreSQL's own: newer minor versions load only plugins that a setting names, which not every role may read.
 */
async function foreignPlugins(connection: Connection): Promise<Finding[]> {
  const slots = await connection.query<{ name: string; plugin: string; readable: boolean }>(
    `SELECT slot_name AS name, plugin, pg_has_role('pg_read_all_settings', 'USAGE') AS readable FROM pg_replication_slots
     WHERE database = current_database() AND plugin NOT IN ('pgoutput', 'test_decoding') ORDER BY slot_name`,
  );
  const isReadable = slots[0]?.readable === true;
  const [setting] = isReadable
    ? await connection.query<{ list: string | null }>(`SELECT current_setting('output_plugin_libraries', true) AS list`)
    : [];
  return slots.flatMap(({ name, plugin }) => {
    const { warn, skip } = findings(`plugin of slot ${name}`);
    if (!isReadable)
      return skip(
        `a superuser can see whether output_plugin_libraries names ${plugin}`,
        'SHOW output_plugin_libraries;  -- as superuser',
      );
    const names = (setting?.list ?? plugin).split(',').map((it) => it.replaceAll('"', '').trim());
    if (names.includes(plugin)) return [];
    return warn(
      `PostgreSQL refuses to read the slot: output_plugin_libraries does not name its plugin ${plugin}`,
      `ALTER SYSTEM SET output_plugin_libraries = ${[...names.filter(Boolean), plugin].join(', ')}; SELECT pg_reload_conf();  -- as superuser`,
    );
  });
}
