import { DeliveryChangedError } from '@pgwamp/core';
import {
  type Connection,
  checkSchema,
  deliveryInForce,
  dropSlot,
  enactDelivery,
  ensureSlot,
  install,
  type Patience,
  prepareLoopback,
  slotName,
  summaryOf,
} from '@pgwamp/core/internal/postgres';
import { chooseWantedDelivery, type DeliveryDecision, decideDelivery, deliveryLock } from './choose-delivery.ts';
import type { PublisherContext } from './context.ts';

const waiting = 'waiting for other sessions: their transactions, or locks that they hold';

/** The delivery in force, and the name of the realm's slot, which may not exist. */
export interface Prepared extends DeliveryDecision {
  readonly slot: string;
}

/**
 * Whether a Publisher has delivered for this realm before. If not, the name of the realm may be mistyped, and
 * PostgreSQL would retain all WAL for a useless slot. In that case, the Publisher joins the realm before it creates the
 * slot.
 */
export async function isKnownRealm({ connection, configuration }: PublisherContext): Promise<boolean> {
  await checkSchema({ connection });
  if (!(await deliveryInForce(connection))) return false;
  const rows = await connection.query('SELECT FROM crossbar.realm WHERE realm = $1', [configuration.realm]);
  return rows.length > 0;
}

/**
 * Installs only the schema if no Publisher has run yet, so that SQL finds its functions while the router is
 * unreachable, and so that the table of elections exists.
 */
export async function installSchema(
  context: Omit<PublisherContext, 'notifications'>,
  stop: AbortSignal,
): Promise<void> {
  const { connection, log, waits } = context;
  await checkSchema({ connection });
  if (await deliveryInForce(connection)) return;
  const delivery = async () => (await deliveryInForce(connection)) ?? 'outbox';
  const report = await waits.during(waiting, stop, (patience) => install(connection, { delivery, ...patience }));
  const summary = summaryOf(report);
  if (summary !== undefined) log.info('%s; publications are stored until the router is reached', summary);
}

/** Installs missing parts of the schema and puts the wanted delivery in force. */
export function prepareDatabase(context: PublisherContext, stop: AbortSignal): Promise<Prepared> {
  return context.waits.during(waiting, stop, (patience) => prepare(context, patience));
}

async function prepare(context: PublisherContext, patience: Patience): Promise<Prepared> {
  const { connection, configuration, log } = context;
  const { realm, extra } = configuration;
  await checkSchema({ connection });
  const slot = await slotName(connection, realm);
  const wanted = await chooseWantedDelivery(context, slot);
  const decision = await decideDelivery(context, wanted);
  const { delivery } = decision;
  const confirmed = async () => {
    // Another Publisher may have been started in the meantime.
    const now = await decideDelivery(context, wanted);
    if (now.delivery !== delivery) throw new DeliveryChangedError(delivery, now.delivery);
    return delivery;
  };
  // The slots are created first, because publications made after the installation must be retained.
  const created = delivery === 'wal' ? await ensureSlots(connection, slot, log, patience) : [];
  try {
    const report = await install(connection, { delivery: confirmed, ...patience }, async () => {
      await enactDelivery(connection, delivery, realm, slot);
      await connection.query('SELECT crossbar._elect($1)', [deliveryLock(realm)]);
      await prepareLoopback(connection, extra.database);
    });
    const summary = summaryOf(report);
    if (summary !== undefined) log.info('%s, for delivery "%s"', summary, delivery);
  } catch (error) {
    // Another Publisher may have put "wal" in force meanwhile, and may use these slots.
    const isUnused = !connection.lost.aborted && (await deliveryInForce(connection)) !== 'wal';
    if (isUnused) for (const unused of created) await dropSlot(connection, unused);
    throw error;
  }
  return { ...decision, slot };
}

/** Ensures the slots of this realm and of all other known realms, because publications go to every realm. */
async function ensureSlots(
  connection: Connection,
  own: string,
  log: PublisherContext['log'],
  patience: Patience,
): Promise<string[]> {
  const inForce = await deliveryInForce(connection);
  const realms = inForce ? await connection.query<{ realm: string }>('SELECT realm FROM crossbar.realm') : [];
  const known = await Promise.all(realms.map(({ realm }) => slotName(connection, realm)));
  const created: string[] = [];
  for (const slot of new Set([...known, own])) {
    const fate = await ensureSlot(connection, slot, patience);
    const vanished = fate === 'created' && inForce === 'wal' && known.includes(slot);
    if (fate === 'replaced' || vanished) log.error({ slot }, 'the replication slot was lost, and publications with it');
    if (fate === 'there') continue;
    log.info({ slot }, '%s replication slot %s', fate, slot);
    if (fate === 'created') created.push(slot);
  }
  return created;
}
