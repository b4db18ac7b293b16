import { DeliveryConflictError } from '@pgwamp/core';
import {
  type Connection,
  chooseDelivery,
  type Delivery,
  deliveryInForce,
  isElected,
} from '@pgwamp/core/internal/postgres';
import type { PublisherContext } from './context.ts';

/** The name of the lock that the Publisher of a realm holds while it serves. */
export function electionLock(realm: string): string {
  return `publisher ${realm}`;
}

/**
 * Chooses the delivery to put in force. A database has one for all its realms: while another realm is being served, `auto` means
 * the one that this realm has.
 *
 * @throws `DeliveryConflictError` if another one is wanted meanwhile.
 */
export async function chooseRealmDelivery(
  { connection, configuration, log }: PublisherContext,
  slot: string,
): Promise<Delivery> {
  const { realm, extra } = configuration;
  const { delivery, missing } = await chooseDelivery(connection, extra.delivery, { database: extra.database, slot });
  const inForce = await deliveryInForce(connection);
  const other = inForce && inForce !== delivery ? await otherServed(connection, realm) : undefined;
  if (inForce && other !== undefined) {
    if (extra.delivery !== 'auto') throw new DeliveryConflictError(delivery, inForce, other);
    log.info('delivery is "%s", by which realm %s is being served', inForce, other);
    return inForce;
  }
  const why = missing.length > 0 ? `, since "wal" cannot work: ${missing.join('; ')}` : '';
  log.info({ missing }, 'delivery is "%s"%s', delivery, why);
  return delivery;
}

async function otherServed(connection: Connection, own: string): Promise<string | undefined> {
  const others = await connection.query<{ realm: string }>('SELECT realm FROM crossbar.realm WHERE realm <> $1', [own]);
  for (const { realm } of others) if (await isElected(connection, electionLock(realm))) return realm;
  return undefined;
}
