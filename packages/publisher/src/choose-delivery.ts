import { DeliveryConflictError } from '@pgwamp/core';
import { isElected } from '@pgwamp/core/internal/election';
import { type Connection, chooseDelivery, type Delivery, deliveryInForce } from '@pgwamp/core/internal/postgres';
import type { PublisherContext } from './context.ts';

/** The name of the lock that the Publisher of a realm holds while it serves. */
export function electionLock(realm: string): string {
  return `publisher ${realm}`;
}

/**
 * The name of the lock that the Publisher of a realm holds after its delivery is in force. A Publisher that has been
 * elected but has not reached this point does not block others. If two Publishers with different deliveries start at
 * the same time, the first one to take the installer's lock determines the delivery.
 */
export function deliveryLock(realm: string): string {
  return `delivery ${realm}`;
}

/** Determines the delivery that this Publisher wants. */
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
  /** Whether another delivery is wanted. It takes effect after the backlog of the former delivery is delivered. */
  readonly isProvisional: boolean;
}

/**
 * Determines the delivery in force. A database has one delivery for all its realms, and each realm has at most one
 * former delivery with a backlog. Therefore the delivery does not change while another realm is served, nor while a
 * realm has a backlog of the former delivery. In these cases, `auto` means the delivery in force.
 *
 * @throws `DeliveryConflictError` if another delivery is configured in these cases.
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
