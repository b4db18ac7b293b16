import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseLostError } from '../errors.ts';
import { type Connection, checkSchema, installMissing, isServerError } from '../postgres/index.ts';

/** Milliseconds between two attempts of a candidate. */
const electionInterval = 250;

/**
 * Waits until this instance holds an election, among all that are connected to the same database. The holder is a row of
 * `crossbar._election`, which is void as soon as its session has ended. Installs `sql/` where the table is missing.
 *
 * @param election its name.
 * @param standby is called when another instance holds it.
 * @returns whether it was elected; false when told to stop.
 * @throws `SchemaMissingError`, `DatabaseLostError` on a standby server, and what the installer throws.
 */
export async function elected(
  connection: Connection,
  election: string,
  stop: AbortSignal,
  standby: () => void,
): Promise<boolean> {
  await checkSchema({ connection });
  const [table] = await connection.query<{ exists: boolean }>(
    `SELECT to_regproc('crossbar._elect') IS NOT NULL AS exists`,
  );
  if (!table?.exists) await installMissing(connection);
  while (!stop.aborted) {
    if (await elect(connection, election)) return true;
    standby();
    await sleep(electionInterval, undefined, { signal: stop }).catch(() => undefined);
  }
  return false;
}

async function elect(connection: Connection, election: string): Promise<boolean> {
  try {
    const [row] = await connection.query<{ won: boolean }>('SELECT crossbar._elect($1) AS won', [election]);
    return row?.won ?? false;
  } catch (error) {
    // 25006 read_only_sql_transaction
    if (!isServerError(error) || error.code !== '25006') throw error;
    throw new DatabaseLostError('the server is a standby, which takes no writes', { cause: error });
  }
}

/** Whether an instance, this one or another, holds an election now. */
export async function isElected(connection: Connection, election: string): Promise<boolean> {
  const [row] = await connection.query<{ held: boolean }>(
    `SELECT EXISTS (
       SELECT FROM crossbar._election WHERE name = $1 AND crossbar._is_alive(process_id, backend_start)
     ) AS held`,
    [election],
  );
  return row?.held ?? false;
}
