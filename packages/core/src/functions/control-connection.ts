import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Logger, Waits } from '../component/index.ts';
import { Connection, explained, installMissing, summaryOf } from '../postgres/index.ts';

/** What a control connection is opened with. */
export interface ControlOptions {
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
  readonly log: Logger;
  /** Is told of a wait to install. */
  readonly waits: Waits;
}

/**
 * Connects for everything but the work itself, and installs `sql/` where something of it is missing.
 *
 * @param until gives up when it aborts.
 * @throws `DatabaseLostError` if PostgreSQL cannot be reached, or is a standby; and what the installer throws.
 */
export async function openControlConnection(
  database: DatabaseConfiguration,
  { applicationName, log, waits }: ControlOptions,
  until: AbortSignal,
): Promise<Connection> {
  const connection = await Connection.open(database, applicationName);
  try {
    const report = await waits.during(
      'waiting to install: other sessions hold what is to be changed',
      until,
      (patience) => explained(database, () => installMissing(connection, patience)),
    );
    const summary = summaryOf(report);
    if (summary !== undefined) log.info(summary);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
