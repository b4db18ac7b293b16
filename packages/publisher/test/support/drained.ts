import { type Connection, waitFor } from '@pgwamp/harness';

/** Resolves when everything that is committed now has been confirmed to PostgreSQL, so that it never comes again. */
export async function drained(superuser: Connection, deadline = 10_000): Promise<void> {
  const { rows } = await superuser.query('SELECT pg_current_wal_insert_lsn() AS now');
  const left = `SELECT (SELECT count(*) FROM crossbar.outbox) + (SELECT count(*) FROM pg_replication_slots
    WHERE database = current_database() AND confirmed_flush_lsn < $1) AS left`;
  const isEmpty = async () => (await superuser.query(left, [rows[0].now])).rows[0].left === '0';
  await waitFor(isEmpty, { what: 'everything to be confirmed to PostgreSQL', deadline });
}
