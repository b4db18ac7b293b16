import { type Connection, isUnstorable } from '../../postgres/index.ts';
import { asciiText, storableText } from '../../storable.ts';
import type { StateReport } from './endpoint.ts';

/** Counts of one endpoint since the last write. */
export interface Tally {
  /** Number of calls or events without an error. */
  handled: number;
  failed: number;
  dropped: number;
  error: string | undefined;
}

/** Limit on the length of a stored error, in characters. The error is only for reading. */
const maxOfError = 2000;

/** This session, identified as in `pg_stat_activity`. */
const self = 'SELECT process_id, backend_start FROM crossbar._this_session()';

/** Writes states of endpoints, or deletes them if they are undefined. */
export async function writeStates(
  connection: Connection,
  realm: string,
  reports: readonly StateReport[],
): Promise<void> {
  const endpoints = reports.map(({ endpoint }) => endpoint);
  await withErrors(
    connection,
    `WITH self AS (${self}), report AS (
       SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[]) AS report (endpoint, state, error)
     ), taken_back AS (
       DELETE FROM crossbar._endpoint_state AS reported USING self, report
       WHERE reported.process_id = self.process_id AND reported.backend_start = self.backend_start AND reported.endpoint = report.endpoint
         AND report.state IS NULL
     )
     INSERT INTO crossbar._endpoint_state (endpoint, realm, process_id, backend_start, state, error)
     SELECT endpoint, $1, process_id, backend_start, state, error FROM report, self WHERE state IS NOT NULL
     ON CONFLICT (endpoint, process_id, backend_start) DO UPDATE SET state = excluded.state, error = excluded.error`,
    [realm, endpoints, reports.map(({ state }) => state)],
    reports.map(({ error }) => error),
  );
}

/** Adds to the counts. Rows are locked in the order of the endpoints, to avoid deadlocks between two components. */
export async function writeTallies(connection: Connection, tallies: ReadonlyMap<string, Tally>): Promise<void> {
  const counts = [...tallies.values()];
  await withErrors(
    connection,
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
    ],
    counts.map(({ error }) => error),
  );
}

/** Deletes the states of components that no longer run, and all rows of endpoints that no longer exist. */
export async function deleteLeftovers(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._endpoint_state AS reported
     WHERE NOT crossbar._is_alive(reported.process_id, reported.backend_start)
       OR NOT EXISTS (SELECT FROM crossbar._endpoint AS endpoint WHERE endpoint.id = reported.endpoint);
     DELETE FROM crossbar._endpoint_count AS count
     WHERE NOT EXISTS (SELECT FROM crossbar._endpoint AS endpoint WHERE endpoint.id = count.endpoint)`,
  );
}

/**
 * Stores the login role of the sessions that run functions, so that SQL can report a missing GRANT.
 *
 * @returns the secret that allows these sessions to claim events.
 */
export async function storeLogin(connection: Connection, login: string): Promise<string> {
  await connection.query(
    `INSERT INTO crossbar._function_session AS known (login, secret) VALUES ($1, gen_random_uuid()::text)
     ON CONFLICT ((true)) DO UPDATE SET login = excluded.login WHERE known.login <> excluded.login`,
    [login],
  );
  const [row] = await connection.query<{ secret: string }>('SELECT secret FROM crossbar._function_session');
  return row?.secret ?? '';
}

/** Retention of claims. An event may wait this long at another Subscriber of its queue group. */
const claimed = '1 hour';
/** Limit on the claims deleted in one statement, so that it never takes long. */
const maxRemoved = 20_000;

/** Deletes claims of old events, up to a limit. */
export async function deleteOldClaims(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._claimed_event WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM crossbar._claimed_event WHERE claimed_at < now() - interval '${claimed}' LIMIT ${maxRemoved}))`,
  );
}

/** Deletes the states that this session has written. */
export async function deleteOwnStates(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._endpoint_state AS reported USING (${self}) AS self
     WHERE reported.process_id = self.process_id AND reported.backend_start = self.backend_start`,
  );
}

/**
 * Runs a statement whose last parameter contains texts of errors. If the encoding of the database cannot represent one,
 * all are written as ASCII.
 */
async function withErrors(
  connection: Connection,
  statement: string,
  parameters: readonly unknown[],
  errors: readonly (string | undefined)[],
): Promise<void> {
  const write = (toText: (text: string) => string) =>
    connection.query(statement, [...parameters, errors.map((error) => error && toText(error.slice(0, maxOfError)))]);
  try {
    await write(storableText);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    await write(asciiText);
  }
}
