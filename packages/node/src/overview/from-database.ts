import { type DatabaseConfiguration, databaseLabel, databaseTarget } from '@pgwamp/config';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { NotInstalledError } from '../errors.ts';
import type { Overview, OverviewRow } from './overview.ts';

/**
 * Reads the overview of all components that use a database, wherever they run.
 *
 * @param source the address of the database.
 * @throws `NotInstalledError`, `DatabaseLostError`; errors of PostgreSQL, for example for a missing privilege.
 */
export async function overviewFromDatabase(connection: Connection, source: string): Promise<Overview> {
  const [installed] = await connection.query<{ exists: boolean }>(
    `SELECT to_regclass('crossbar.realms') IS NOT NULL AS exists`,
  );
  if (!installed?.exists) throw new NotInstalledError(source);
  const rows = await connection.query<{ [Key in keyof OverviewRow]: OverviewRow[Key] | null }>(statement);
  const present = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
  return { source, rows: present as unknown as OverviewRow[] };
}

/** The address of a database, without its password. */
export function placeOf(configuration: DatabaseConfiguration): string {
  return `${databaseTarget(configuration).user}@${databaseLabel(configuration)}`;
}

/** Counts are double precision, which JavaScript receives as numbers. */
const statement = `
  SELECT kind, name, state, "isFine", total::float8 AS total, failed::float8 AS failed, waiting FROM (
    SELECT 1 AS place, 'component' AS kind, regexp_replace(application_name, '^pgwamp ', '') AS name,
        format('%s connection%s', count(*), CASE WHEN count(*) > 1 THEN 's' END) AS state, true AS "isFine", NULL::bigint AS total, NULL::bigint AS failed,
        NULL AS waiting
      FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^pgwamp (publisher|subscriber|callee|caller|gateway|proxy)\\M'
      GROUP BY application_name
    UNION ALL SELECT 2, 'realm', realm,
        CASE WHEN delivery <> 'wal' THEN 'delivery ' || delivery WHEN wal_status = 'lost' THEN 'slot lost'
          WHEN active THEN 'delivery wal' WHEN active IS NULL THEN 'no slot' ELSE 'slot not in use' END,
        delivery <> 'wal' OR coalesce(active AND wal_status <> 'lost', false), NULL, refused,
        nullif(concat_ws(', ', CASE WHEN delivery = 'wal' AND lag_bytes > 0 THEN pg_size_pretty(lag_bytes) || ' of WAL' END,
          CASE WHEN outbox > 0 THEN format('%s row%s of the outbox', outbox, CASE WHEN outbox > 1 THEN 's' END) END), '')
      FROM crossbar.realms
    UNION ALL SELECT 3, 'slot', slot_name, CASE WHEN active THEN 'in use' ELSE 'not in use' END, active, NULL, NULL,
        pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) || ' of WAL kept'
      FROM pg_replication_slots WHERE database = current_database() AND slot_name ~ '^crossbar_[0-9]+_'
    UNION ALL SELECT 4, 'registration', uri, state, state = 'registered', calls, failed, error FROM crossbar.registrations
    UNION ALL SELECT 5, 'subscription', uri, state, state = 'subscribed', events, failed + dropped, error FROM crossbar.subscriptions
    UNION ALL SELECT 6, 'async calls', realm, state, state <> 'failed', count(*), NULL, NULL FROM crossbar.calls GROUP BY realm, state
  ) AS overview ORDER BY place, name, state`;
