import type { Connection } from '../connection.ts';

/**
 * An SQL expression: whether the current role may read the write-ahead log. Amazon RDS grants replication through
 * membership in a role of its own.
 */
export const mayReplicate = `EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolreplication OR rolsuper)
  OR rolname = 'rds_replication' AND pg_has_role(current_user, oid, 'USAGE'))`;

/** Returns the reasons why the current role cannot read the write-ahead log; empty if it can. */
export async function missingForLog(connection: Connection): Promise<string[]> {
  const [server] = await connection.query<{ level: string; user: string; replication: boolean }>(
    `SELECT current_setting('wal_level') AS level, quote_ident(current_user) AS user, ${mayReplicate} AS replication`,
  );
  const { level, user, replication } = server ?? {};
  return [
    ...(level === 'logical'
      ? []
      : [`wal_level is ${level} (ALTER SYSTEM SET wal_level = logical, then restart PostgreSQL)`]),
    ...(replication ? [] : [`role ${user} has no REPLICATION (ALTER ROLE ${user} REPLICATION, as superuser)`]),
  ];
}
