import { DatabaseLostError } from '@pgwamp/core';
import { dropSlot, isServerError } from '@pgwamp/core/internal/postgres';
import type { DeliverySwitch } from './delivery-switch.ts';

/**
 * Runs an operation that reads a slot. A slot that can no longer be read is dropped, and its loss is logged, because
 * retrying would fail forever: before PostgreSQL 18, changes of tables written while the publication did not exist
 * cannot be decoded, even after the publication was created again.
 *
 * @throws `DatabaseLostError` after the slot was dropped, so that the Publisher starts again; other errors of the
 *   operation.
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
    // If the publication is still missing, creating it may help.
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
