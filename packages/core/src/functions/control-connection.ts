import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Logger, Waits } from '../component/index.ts';
import { Connection, explained, installMissing, summaryOf } from '../postgres/index.ts';

/** Options of a control connection. */
export interface ControlOptions {
  /** The `application_name` in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly log: Logger;
  /** Receives waits for the installation. */
  readonly waits: Waits;
}

/**
 * Opens the connection for everything except running functions. Installs the missing parts of `sql/`.
 *
 * @param until aborts a wait for the installation.
 * @throws `DatabaseLostError` if PostgreSQL cannot be reached or is a standby; errors of the installer.
 */
export async function openControlConnection(
  database: DatabaseConfiguration,
  { applicationName, log, waits }: ControlOptions,
  until: AbortSignal,
): Promise<Connection> {
  const connection = await Connection.open(database, applicationName);
  try {
    const report = await waits.during(
      'waiting to install: other sessions lock objects that have to be changed',
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
