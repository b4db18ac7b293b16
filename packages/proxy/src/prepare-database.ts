import { databaseTarget } from '@pgwamp/config';
import { ForeignObjectsError, SchemaMissingError } from '@pgwamp/core';
import {
  checkSchema,
  chooseDelivery,
  deliveryInForce,
  dropSlot,
  enactDelivery,
  install,
  type Lsn,
  missingForLog,
  missingForReplication,
  type Patience,
  parseLsn,
  queryPatiently,
  quotedIdentifier,
  quotedLiteral,
  slotName,
  summaryOf,
} from '@pgwamp/core/internal/postgres';
import type { ProxyContext } from './context.ts';
import { LogUnreadableError, ProxyPublicationError, SlotLostError } from './errors.ts';
import type { SourceOptions } from './sources/source-options.ts';
import { checkWal2jsonSlot } from './sources/wal2json-slot.ts';

/** The prepared database objects of a Proxy. */
export interface Prepared {
  /** Whether the database has tables for cursors and parked messages. */
  readonly hasState: boolean;
  /** The replication slot, its plugin and its start position; undefined if no source reads the write-ahead log. */
  readonly slot: { readonly name: string; readonly plugin: string; readonly start: Lsn } | undefined;
  /** The publications used to read the log. */
  readonly publications: readonly string[];
}

/** The name under which `crossbar.publish` knows a Proxy that reads topics. No realm name contains a space. */
export function realmOf(name: string): string {
  return `proxy ${name}`;
}

/** Installs missing database objects and creates the slot. */
export function prepareDatabase(context: ProxyContext, stop: AbortSignal): Promise<Prepared> {
  const what = 'waiting for other sessions: their transactions, or locks that they hold';
  return context.waits.during(what, stop, (patience) => prepare(context, patience));
}

async function prepare(context: ProxyContext, patience: Patience): Promise<Prepared> {
  const { configuration } = context;
  const all = Object.values(configuration.extra.sources);
  const slot = await slotOf(context);
  const withTopics = all.some(({ kind }) => kind === 'topic');
  const hasState = await prepareSchema(context, slot, withTopics, patience);
  if (!(await readsLog(context))) {
    if (hasState && !withTopics) await warnOfSlot(context);
    return { hasState, slot: undefined, publications: [] };
  }
  await checkLog(context);
  const plugin = (await readSlot(context, slot))?.plugin ?? 'pgoutput';
  if (plugin === 'wal2json') checkWal2jsonSlot(slot, configuration.extra);
  const publications = plugin === 'pgoutput' ? await preparePublications(context, all) : [];
  const start = await prepareSlot(context, slot, hasState, patience);
  return { hasState, slot: { name: slot, plugin, start }, publications };
}

async function slotOf({ configuration, connection }: ProxyContext): Promise<string> {
  const { name, slot } = configuration.extra;
  return slot ?? (await slotName(connection, realmOf(name)));
}

/**
 * Whether a source reads the write-ahead log. Topics are read from it by delivery `wal`, and whenever the slot exists: it
 * has the publications of before a change of the delivery, and a Publisher that changes the delivery to `wal` creates it.
 */
export async function readsLog(context: ProxyContext): Promise<boolean> {
  const { configuration, connection } = context;
  const kinds = new Set(Object.values(configuration.extra.sources).map(({ kind }) => kind));
  if (kinds.has('wal') || !kinds.has('topic')) return kinds.has('wal');
  if ((await deliveryInForce(connection)) === 'wal') return true;
  const slot = await readSlot(context, await slotOf(context));
  // A slot without a position is being created by another session.
  return slot !== undefined && slot.start > 0n;
}

/** A slot from a time when a source read the log retains WAL that nothing reads. */
async function warnOfSlot({ configuration, connection, log }: ProxyContext): Promise<void> {
  const { name } = configuration.extra;
  const [unread] = await connection.query<{ slot: string }>(
    'SELECT slot FROM crossbar.proxy JOIN pg_replication_slots ON slot_name = slot WHERE name = $1 AND NOT active',
    [name],
  );
  if (!unread) return;
  const { slot } = unread;
  const remedy = `SELECT pg_drop_replication_slot('${slot}'); SELECT crossbar.accept_gap(${quotedLiteral(name)})`;
  log.warn({ slot }, `slot ${slot} keeps WAL, but no source reads the log any more; drop it: ${remedy}`);
}

/** Returns whether the schema `crossbar` exists. */
async function prepareSchema(
  { configuration, connection, log }: ProxyContext,
  slot: string,
  withTopics: boolean,
  patience: Patience,
) {
  const { state, name } = configuration.extra;
  if (state === 'none') return false;
  try {
    await checkSchema({ connection });
  } catch (error) {
    const isMissing = error instanceof SchemaMissingError || error instanceof ForeignObjectsError;
    if (state !== 'auto' || !isMissing) throw error;
    log.warn(`cursors and parked messages cannot be stored: ${error.message}`);
    return false;
  }
  let { delivery } = await chooseDelivery(connection, 'auto');
  // A Publisher may change the delivery until this transaction holds the lock.
  const inForce = async () => {
    delivery = (await deliveryInForce(connection)) ?? delivery;
    return delivery;
  };
  const report = await install(connection, { delivery: inForce, ...patience }, async () => {
    await connection.query('INSERT INTO crossbar.proxy (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    if (withTopics) await enactDelivery(connection, delivery, realmOf(name), slot);
    else await connection.query('DELETE FROM crossbar.realm WHERE realm = $1', [realmOf(name)]);
  });
  const summary = summaryOf(report);
  if (summary !== undefined) log.info(report, summary);
  return true;
}

async function checkLog({ connection }: ProxyContext): Promise<void> {
  const missing = await missingForLog(connection);
  if (missing.length > 0) throw new LogUnreadableError(missing);
}

/** The publications of the sources, and the one that lets messages of `crossbar.publish` through. */
async function preparePublications(
  { configuration, connection, log }: ProxyContext,
  sources: readonly SourceOptions[],
) {
  const { database } = configuration.extra;
  const names = new Set<string>();
  for (const source of sources) {
    if (source.kind === 'topic') names.add('crossbar');
    if (source.kind !== 'wal') continue;
    for (const name of source.publications) {
      names.add(name);
      if (await hasPublication(connection, name)) continue;
      if (!source.create) throw new ProxyPublicationError(databaseTarget(database).database, name);
      await checkIdentities(connection, name);
      await connection.query(`CREATE PUBLICATION ${quotedIdentifier(name)} FOR ALL TABLES`);
      log.info({ publication: name }, 'created publication %s for all tables', name);
    }
  }
  return [...names];
}

/**
 * With a publication for all tables, PostgreSQL would refuse every UPDATE and DELETE on a table without a replica
 * identity.
 */
async function checkIdentities(connection: ProxyContext['connection'], publication: string): Promise<void> {
  const tables = await connection.query<{ name: string }>(
    `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind IN ('r', 'p') AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema')
       AND relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisvalid
         AND ((relreplident = 'd' AND indisprimary) OR (relreplident = 'i' AND indisreplident)))
     ORDER BY 1 LIMIT 20`,
  );
  if (tables.length === 0) return;
  const names = tables.map(({ name }) => name).join(', ');
  throw new LogUnreadableError([
    `with a publication of all tables PostgreSQL would refuse UPDATE and DELETE of tables without a primary key: ${names} ` +
      `(add one, or run ALTER TABLE … REPLICA IDENTITY FULL, or create the publication yourself for selected tables: CREATE PUBLICATION "${publication}")`,
  ]);
}

async function hasPublication(connection: ProxyContext['connection'], name: string): Promise<boolean> {
  const found = await connection.query('SELECT FROM pg_publication WHERE pubname = $1', [name]);
  return found.length > 0;
}

/** Creates the slot at the first start. If it is missing later, changes are lost, which must not go unnoticed. */
async function prepareSlot(context: ProxyContext, slot: string, hasState: boolean, patience: Patience): Promise<Lsn> {
  const { configuration, connection, log } = context;
  const { name } = configuration.extra;
  const [known] = hasState
    ? await connection.query<{ slot: string | null }>('SELECT slot FROM crossbar.proxy WHERE name = $1', [name])
    : [];
  const found = await readSlot(context, slot);
  if (found && found.plugin !== 'pgoutput' && found.plugin !== 'wal2json') {
    throw new LogUnreadableError([
      `slot ${slot} uses plugin ${found.plugin}, expected pgoutput or wal2json; choose another slot`,
    ]);
  }
  if (!found && known?.slot === slot) throw new SlotLostError(slot, name, 'is gone');
  if (found?.lost && (known?.slot || !hasState)) throw new SlotLostError(slot, name, 'was invalidated by PostgreSQL');
  if (found?.lost) await dropSlot(connection, slot);
  if (!found || found.lost) {
    await createSlot(context, slot, patience);
    log.info({ slot }, 'created replication slot %s: changes from now on are delivered', slot);
  }
  if (hasState)
    await connection.query('UPDATE crossbar.proxy SET slot = $2 WHERE name = $1 AND slot IS DISTINCT FROM $2', [
      name,
      slot,
    ]);
  return (await readSlot(context, slot))?.start ?? 0n;
}

async function readSlot({ connection }: ProxyContext, slot: string) {
  const [found] = await connection.query<{ plugin: string; lost: boolean; start: string }>(
    `SELECT plugin::text, coalesce(wal_status = 'lost', false) AS lost, coalesce(confirmed_flush_lsn, '0/0')::text AS start
     FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  return found && { ...found, start: parseLsn(found.start) };
}

/**
 * Creating a slot waits for running write transactions. A slot that the Proxy then cannot read would retain WAL for
 * ever.
 */
async function createSlot(
  { configuration, connection }: ProxyContext,
  slot: string,
  patience: Patience,
): Promise<void> {
  const missing = await missingForReplication(configuration.extra.database);
  if (missing.length > 0) throw new LogUnreadableError(missing);
  const [server] = await connection.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const withFailover = configuration.extra.failover && (server?.version ?? 0) >= 170_000;
  const options = withFailover ? ', false, false, true' : '';
  const statement = `SELECT pg_create_logical_replication_slot($1, 'pgoutput'${options})`;
  await queryPatiently(connection, statement, [slot], patience);
}
