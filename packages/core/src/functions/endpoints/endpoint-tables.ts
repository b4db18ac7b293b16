import type { Connection } from '../../postgres/index.ts';
import { storableText } from '../../storable.ts';
import type { StateReport } from './endpoint.ts';

/** Calls or events of one endpoint, since they were written last. */
export interface Tally {
  /** Without an error. */
  handled: number;
  failed: number;
  dropped: number;
  error: string | undefined;
}

/** Characters of an error that are kept: it is there to be looked at. */
const maxOfError = 2000;

/** Who writes, as `pg_stat_activity` has it. */
const self = 'SELECT process_id, backend_start FROM crossbar._this_session()';

/** Makes states known, or takes them back. */
export async function writeStates(
  connection: Connection,
  realm: string,
  reports: readonly StateReport[],
): Promise<void> {
  const endpoints = reports.map(({ endpoint }) => endpoint);
  await connection.query(
    `WITH self AS (${self}), report AS (
       SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[]) AS report (endpoint, state, error)
     ), taken_back AS (
       DELETE FROM crossbar._endpoint_state AS told USING self, report
       WHERE told.process_id = self.process_id AND told.backend_start = self.backend_start AND told.endpoint = report.endpoint
         AND report.state IS NULL
     )
     INSERT INTO crossbar._endpoint_state (endpoint, realm, process_id, backend_start, state, error)
     SELECT endpoint, $1, process_id, backend_start, state, error FROM report, self WHERE state IS NOT NULL
     ON CONFLICT (endpoint, process_id, backend_start) DO UPDATE SET state = excluded.state, error = excluded.error`,
    [realm, endpoints, reports.map(({ state }) => state), reports.map(({ error }) => shown(error))],
  );
}

/** Adds to the counts. In the order of the endpoints, since two components that lock them in another could block each other. */
export async function writeTallies(connection: Connection, tallies: ReadonlyMap<string, Tally>): Promise<void> {
  const counts = [...tallies.values()];
  await connection.query(
    `INSERT INTO crossbar._endpoint_count AS count (endpoint, handled, failed, dropped, last_error, last_error_at)
     SELECT endpoint, handled, failed, dropped, error, CASE WHEN error IS NOT NULL THEN now() END
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
       AS tally (endpoint, handled, failed, dropped, error)
     ORDER BY endpoint
     ON CONFLICT (endpoint) DO UPDATE SET handled = count.handled + excluded.handled, failed = count.failed + excluded.failed,
       dropped = count.dropped + excluded.dropped, last_error = coalesce(excluded.last_error, count.last_error),
       last_error_at = coalesce(excluded.last_error_at, count.last_error_at)`,
    [
      [...tallies.keys()],
      counts.map(({ handled, failed }) => handled + failed),
      counts.map(({ failed }) => failed),
      counts.map(({ dropped }) => dropped),
      counts.map(({ error }) => shown(error)),
    ],
  );
}

/** Removes the states of components that are gone, and whatever belongs to endpoints that are. */
export async function deleteLeftovers(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._endpoint_state AS told
     WHERE NOT crossbar._is_alive(told.process_id, told.backend_start)
       OR NOT EXISTS (SELECT FROM crossbar._endpoint AS endpoint WHERE endpoint.id = told.endpoint);
     DELETE FROM crossbar._endpoint_count AS count
     WHERE NOT EXISTS (SELECT FROM crossbar._endpoint AS endpoint WHERE endpoint.id = count.endpoint)`,
  );
}

/**
 * Tells SQL which role the sessions log in as that functions run in, so that it knows which GRANT is missing.
 *
 * @returns the secret by which these sessions claim events.
 */
export async function tellLogin(connection: Connection, login: string): Promise<string> {
  await connection.query(
    `INSERT INTO crossbar._function_session AS known (login, secret) VALUES ($1, gen_random_uuid()::text)
     ON CONFLICT ((true)) DO UPDATE SET login = excluded.login WHERE known.login <> excluded.login`,
    [login],
  );
  const [row] = await connection.query<{ secret: string }>('SELECT secret FROM crossbar._function_session');
  return row?.secret ?? '';
}

/** How long the claims of events are kept: for so long an event may wait at another Subscriber of its queue group. */
const claimed = '1 hour';
/** Claims that are removed at once: it must not take long, however many there are. */
const maxRemoved = 20_000;

/** Removes claims of old events, or some of them. */
export async function deleteOldClaims(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._claimed_event WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM crossbar._claimed_event WHERE claimed_at < now() - interval '${claimed}' LIMIT ${maxRemoved}))`,
  );
}

/** Removes the states that this session has told. */
export async function deleteOwnStates(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._endpoint_state AS told USING (${self}) AS self
     WHERE told.process_id = self.process_id AND told.backend_start = self.backend_start`,
  );
}

/** Text of an error as a column takes it: PostgreSQL has no U+0000. */
function shown(error: string | undefined): string | null {
  return error === undefined ? null : storableText(error.slice(0, maxOfError));
}
