import { DeliveryConflictError } from '@pgwamp/core';
import { isElected } from '@pgwamp/core/internal/election';
import { type Connection, chooseDelivery, type Delivery, deliveryInForce } from '@pgwamp/core/internal/postgres';
import type { PublisherContext } from './context.ts';

/** The name of the lock that the Publisher of a realm holds while it serves. */
export function electionLock(realm: string): string {
  return `publisher ${realm}`;
}

/**
 * The name of the lock that the Publisher of a realm holds from the moment on at which it has put its delivery in force, or found it so. A
 * Publisher that is elected and has not come so far stands in nobody's way: of two that start together and want different deliveries, the
 * first to take the installer's lock has its way.
 */
export function deliveryLock(realm: string): string {
  return `delivery ${realm}`;
}

/** Chooses the delivery that this Publisher wants. */
export async function chooseWantedDelivery(
  { connection, configuration, log }: PublisherContext,
  slot: string,
): Promise<Delivery> {
  const { database, delivery: wanted } = configuration.extra;
  const { delivery, missing } = await chooseDelivery(connection, wanted, { database, slot });
  const why = missing.length > 0 ? `, since "wal" cannot work: ${missing.join('; ')}` : '';
  log.info({ missing }, 'delivery is "%s"%s', delivery, why);
  return delivery;
}

/** The delivery that can be in force now. */
export interface DeliveryDecision {
  readonly delivery: Delivery;
  /** Whether another one is wanted, as soon as the backlog of the former delivery is delivered. */
  readonly isProvisional: boolean;
}

/**
 * Decides which delivery is in force now. A database has one for all its realms, and each realm has at most two ways with something to deliver: so it
 * does not change while another realm is served, nor while a realm has a backlog from before the delivery in force. Then `auto` means the one in force.
 *
 * @throws `DeliveryConflictError` if another one is wanted meanwhile.
 */
export async function decideDelivery(
  { connection, configuration, log }: PublisherContext,
  wanted: Delivery,
): Promise<DeliveryDecision> {
  const { realm, extra } = configuration;
  const inForce = await deliveryInForce(connection);
  if (!inForce || inForce === wanted) return { delivery: wanted, isProvisional: false };
  const served = await otherServed(connection, realm);
  const held = inForce === 'notify' ? [] : await realmsWithBacklog(connection);
  const other = served ?? held.find((name) => name !== realm);
  if (other !== undefined) {
    if (extra.delivery !== 'auto') throw new DeliveryConflictError(wanted, inForce, other, served !== undefined);
    log.info('delivery is "%s", because of realm %s', inForce, other);
    return { delivery: inForce, isProvisional: false };
  }
  return held.includes(realm) ? { delivery: inForce, isProvisional: true } : { delivery: wanted, isProvisional: false };
}

async function otherServed(connection: Connection, own: string): Promise<string | undefined> {
  const others = await connection.query<{ realm: string }>('SELECT realm FROM crossbar.realm WHERE realm <> $1', [own]);
  for (const { realm } of others) if (await isElected(connection, deliveryLock(realm))) return realm;
  return undefined;
}

async function realmsWithBacklog(connection: Connection): Promise<string[]> {
  const rows = await connection.query<{ realm: string }>('SELECT realm FROM crossbar._former_delivery');
  return rows.map(({ realm }) => realm);
}
