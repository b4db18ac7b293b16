import type { Connection } from '@pgwamp/core/internal/postgres';

/** What backends have to know of a link. */
export interface Advertised {
  readonly realm: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly tls: boolean;
}

/** Who writes, as `pg_stat_activity` has it. */
const self = 'SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()';

/**
 * Makes a link known to backends, until disposed of, or until the connection is lost: a row whose session is gone counts for nothing.
 * Those of the dead are removed.
 */
export async function advertise(
  connection: Connection,
  { realm, host, port, secret, tls }: Advertised,
): Promise<AsyncDisposable> {
  await connection.query(
    `DELETE FROM crossbar.link WHERE NOT EXISTS (SELECT FROM pg_stat_activity AS session
       WHERE session.pid = link.process_id AND coalesce(session.backend_start, link.backend_start) = link.backend_start)`,
  );
  await connection.query(
    `INSERT INTO crossbar.link (realm, host, port, secret, tls, process_id, backend_start)
     SELECT $1, $2, $3, $4, $5, pid, backend_start FROM (${self}) AS self`,
    [realm, host, port, secret, tls],
  );
  return { [Symbol.asyncDispose]: () => withdraw(connection) };
}

async function withdraw(connection: Connection): Promise<void> {
  if (connection.lost.aborted) return;
  await connection.query(
    `DELETE FROM crossbar.link USING (${self}) AS self
     WHERE link.process_id = self.pid AND link.backend_start = self.backend_start`,
  );
}
