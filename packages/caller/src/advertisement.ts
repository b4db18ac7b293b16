import type { Connection } from '@pgwamp/core/internal/postgres';

/** The data that backends need to connect to a link. */
export interface Advertised {
  readonly realm: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly tls: boolean;
}

/**
 * Advertises a link to backends, until disposed of or until the connection is lost: rows of ended sessions are ignored.
 * Rows of dead Callers are deleted.
 */
export async function advertise(
  connection: Connection,
  { realm, host, port, secret, tls }: Advertised,
): Promise<AsyncDisposable> {
  await connection.query(
    'DELETE FROM crossbar._link AS link WHERE NOT crossbar._is_alive(link.process_id, link.backend_start)',
  );
  await connection.query(
    `INSERT INTO crossbar._link (realm, host, port, secret, tls, process_id, backend_start)
     SELECT $1, $2, $3, $4, $5, process_id, backend_start FROM crossbar._this_session()`,
    [realm, host, port, secret, tls],
  );
  return { [Symbol.asyncDispose]: () => withdraw(connection) };
}

async function withdraw(connection: Connection): Promise<void> {
  if (connection.lost.aborted) return;
  await connection.query(
    `DELETE FROM crossbar._link AS link USING crossbar._this_session() AS session
     WHERE link.process_id = session.process_id AND link.backend_start = session.backend_start`,
  );
}
