import {
  type Connection,
  checkSchema,
  type Delivery,
  deliveryInForce,
  dropSlot,
  enactDelivery,
  ensureSlot,
  hasChanged,
  install,
  type Patience,
  prepareLoopback,
  slotName,
} from '@pgwamp/core/internal/postgres';
import { chooseRealmDelivery } from './choose-delivery.ts';
import type { PublisherContext } from './context.ts';

/** The delivery in force, and the name of the slot that the realm has or had. */
export interface Prepared {
  readonly delivery: Delivery;
  readonly slot: string;
}

/** Installs what is missing and puts the wanted delivery in force. */
export async function prepareDatabase(context: PublisherContext, stop: AbortSignal): Promise<Prepared> {
  const { connection, configuration, log, state } = context;
  const { realm, extra } = configuration;
  await checkSchema({ connection });
  const delivery = await chooseRealmDelivery(context);
  const slot = await slotName(connection, realm);
  // Before publications take the way of the slot: what is published then must find it.
  const waiting = (processIds: readonly number[]) => {
    state.waitsFor = processIds;
    log.warn({ processIds }, 'waiting for other sessions: their transactions, or locks that they hold');
  };
  const patience = { stop, waiting };
  const created = delivery === 'wal' ? await ensureSlots(connection, slot, log, patience) : [];
  try {
    const report = await install(connection, { delivery, ...patience }, async () => {
      await enactDelivery(connection, delivery, realm, slot);
      await prepareLoopback(connection, extra.database);
    });
    if (hasChanged(report)) log.info(report, 'installed');
  } catch (error) {
    if (!connection.lost.aborted) for (const unused of created) await dropSlot(connection, unused);
    throw error;
  } finally {
    state.waitsFor = [];
  }
  return { delivery, slot };
}

/** The slots of this realm and of all others that are known, since publications go to every realm. */
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
    if (fate === 'created') created.push(slot);
  }
  return created;
}
