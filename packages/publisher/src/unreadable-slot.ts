import { DatabaseLostError } from '@pgwamp/core';
import { dropSlot, isServerError } from '@pgwamp/core/internal/postgres';
import type { DeliverySwitch } from './delivery-switch.ts';

/**
 * Reads a slot. One that cannot be read any more is dropped, and its loss is logged, since trying again would fail forever: before PostgreSQL 18,
 * what was written to tables while the publication did not exist cannot be decoded, also after the publication has been made again.
 *
 * @throws `DatabaseLostError` when it was dropped, so that everything begins anew; what the work throws.
 */
export async function replacingUnreadable<Result>(
  { context, slot, delivery }: DeliverySwitch,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isPublicationMissing(error)) throw error;
    const { connection, log } = context;
    const publications = await connection.query(`SELECT FROM pg_publication WHERE pubname = 'crossbar'`);
    // Where it is missing still, making it again may help.
    if (delivery === 'wal' && publications.length === 0) throw error;
    await dropSlot(connection, slot);
    log.error(
      { slot },
      'the replication slot cannot be read any more, because publication crossbar was dropped while tables were written: the slot is dropped, and publications that it held are lost',
    );
    throw new DatabaseLostError('its replication slot could not be read', { cause: error });
  }
}

/** 42704 undefined_object */
function isPublicationMissing(error: unknown): boolean {
  const cause = error instanceof DatabaseLostError ? error.cause : error;
  return isServerError(cause) && cause.code === '42704';
}
