import type { Connection } from '../../postgres/index.ts';

/**
 * The settings of a new session of a role, by name. They include its `search_path` from any source, and all settings of
 * `ALTER ROLE ... SET` that the login may set.
 *
 * @see https://www.postgresql.org/docs/current/sql-alterrole.html
 */
export type RoleSettings = ReadonlyMap<string, string>;

/**
 * Reads the settings of any number of roles with one query. A role that does not exist, or to which the login cannot
 * SET ROLE, has no entry.
 *
 * @param login the login role of the sessions that run functions.
 */
export async function readRoleSettings(
  connection: Connection,
  roles: readonly string[],
  login: string,
): Promise<ReadonlyMap<string, RoleSettings>> {
  const rows = await connection.query<{ role: string; settings: Record<string, string> }>(statement, [roles, login]);
  return new Map(rows.map(({ role, settings }) => [role, new Map(Object.entries(settings))]));
}

/**
 * A role's own settings take precedence over those of all roles, and settings of this database over those of all
 * databases. If nobody has set a `search_path`, the server's default applies. This is the value to which this session
 * would reset it, unless role crossbar has its own.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-db-role-setting.html
 */
const statement = `
  WITH setting AS (
    SELECT setrole, setdatabase, split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting, unnest(setconfig) AS entry
    WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
  ), server AS (
    SELECT CASE WHEN NOT EXISTS (SELECT FROM setting WHERE name = 'search_path' AND setrole =
        (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
      THEN reset_val ELSE boot_val END AS search_path
    FROM pg_catalog.pg_settings WHERE name = 'search_path'
  ), applied AS (
    SELECT DISTINCT ON (role.oid, setting.name) role.rolname AS role, setting.name, setting.value
    FROM pg_catalog.pg_roles AS role JOIN setting
      ON setting.setrole = role.oid OR setting.setrole = 0 AND setting.name = 'search_path'
    WHERE role.rolname = ANY ($1) AND setting.name NOT IN ('role', 'session_authorization') AND coalesce(
      (SELECT context = 'user' FROM pg_catalog.pg_settings AS known WHERE lower(known.name) = lower(setting.name)), strpos(setting.name, '.') > 0)
    ORDER BY role.oid, setting.name, setting.setrole = 0, setting.setdatabase = 0
  )
  SELECT role.rolname AS role, jsonb_build_object('search_path', (SELECT search_path FROM server))
    || coalesce((SELECT jsonb_object_agg(name, value) FROM applied WHERE applied.role = role.rolname), '{}') AS settings
  FROM pg_catalog.pg_roles AS role WHERE role.rolname = ANY ($1) AND crossbar._may_become($2, role.rolname)`;
