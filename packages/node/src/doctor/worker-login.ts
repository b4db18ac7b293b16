import { counted, type DatabaseConfiguration, databaseTarget, workerLogin } from '@pgwamp/config';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { type Finding, findings } from './finding.ts';

/** The login role of the sessions that run functions, from `pg_roles`; names are quoted for SQL. */
interface Login {
  readonly name: string;
  readonly canLogin: boolean;
  /** Attributes that it should not have, in the syntax of `ALTER ROLE`. */
  readonly excess: string | null;
  /** Roles whose privileges it has without SET ROLE. */
  readonly inherited: readonly string[];
  /** Whether `GRANT … WITH INHERIT` decides, rather than the attribute of the role. */
  readonly byGrant: boolean;
  /** Databases in which it owns objects, including shared ones. */
  readonly owns: readonly string[];
  /** The role of the components, if it may SET ROLE to that one. */
  readonly component: string | null;
  readonly mayUseSchema: boolean;
}

/** Checks the login of the sessions that run functions, and whether it may SET ROLE to the roles of the functions. */
export async function checkWorkerLogin(
  connection: Connection,
  configuration: DatabaseConfiguration,
): Promise<Finding[]> {
  const { fail, skip } = findings('worker login');
  if (!(await isInstalled(connection))) return [skip('nothing is installed in schema crossbar')];
  const { user } = databaseTarget(configuration);
  const worker = workerLogin(configuration);
  // A database given on the command line has no worker login: each component may have either login.
  const name = worker === user ? 'crossbar_worker' : worker;
  const login = await readLogin(connection, name);
  if (!login && worker !== user) {
    return [fail(`role ${name} does not exist`, 'run section 4 of setup.sql, as superuser in this database')];
  }
  const members = worker === user ? [...(login ? [name] : []), user] : [worker];
  return [
    ...(login ? judge(login) : [skip(`functions run in sessions of role ${user}`)]),
    ...(await roles(connection, members)),
  ];
}

async function isInstalled(connection: Connection): Promise<boolean> {
  const [found] = await connection.query<{ exists: boolean }>(
    `SELECT to_regclass('crossbar._endpoint') IS NOT NULL AND to_regclass('crossbar.async_call') IS NOT NULL AS exists`,
  );
  return found?.exists === true;
}

async function readLogin(connection: Connection, name: string): Promise<Login | undefined> {
  const [login] = await connection.query<Login>(
    `SELECT quote_ident(rolname) AS name, rolcanlogin AS "canLogin",
       nullif(concat_ws(' ', CASE WHEN rolsuper THEN 'NOSUPERUSER' END, CASE WHEN rolcreaterole THEN 'NOCREATEROLE' END,
         CASE WHEN rolcreatedb THEN 'NOCREATEDB' END, CASE WHEN rolreplication THEN 'NOREPLICATION' END,
         CASE WHEN rolbypassrls THEN 'NOBYPASSRLS' END), '') AS excess,
       ARRAY(SELECT quote_ident(other.rolname) FROM pg_roles AS other
         WHERE NOT login.rolsuper AND other.oid <> login.oid AND pg_has_role(login.oid, other.oid, 'USAGE') ORDER BY 1) AS inherited,
       current_setting('server_version_num')::int >= 160000 AS "byGrant",
       ARRAY(SELECT DISTINCT coalesce(datname::text, 'all databases')
         FROM pg_shdepend LEFT JOIN pg_database ON pg_database.oid = coalesce(nullif(dbid, 0),
           CASE classid WHEN 'pg_database'::regclass THEN objid END)
         WHERE refclassid = 'pg_authid'::regclass AND refobjid = login.oid AND deptype = 'o' ORDER BY 1) AS owns,
       CASE WHEN pg_has_role(login.oid, nspowner, 'MEMBER') THEN quote_ident(pg_get_userbyid(nspowner)) END AS component,
       has_schema_privilege(login.oid, pg_namespace.oid, 'USAGE') AS "mayUseSchema"
     FROM pg_roles AS login, pg_namespace WHERE rolname = $1 AND nspname = 'crossbar'`,
    [name],
  );
  return login;
}

function judge({ name, canLogin, excess, inherited, byGrant, owns, component, mayUseSchema }: Login): Finding[] {
  const { ok, warn, fail } = findings('worker login');
  const wrong: Finding[] = [];
  if (!canLogin) wrong.push(fail(`role ${name} may not log in`, `ALTER ROLE ${name} LOGIN;`));
  if (!mayUseSchema) {
    wrong.push(fail(`role ${name} may not use schema crossbar`, `GRANT USAGE ON SCHEMA crossbar TO ${name};`));
  }
  if (excess !== null) {
    const fix = `ALTER ROLE ${name} ${excess};`;
    wrong.push(fail(`role ${name} has privileges that every function can use: the fix names them`, fix));
  }
  if (component !== null && excess?.includes('NOSUPERUSER') !== true) {
    const message = `role ${name} may SET ROLE to ${component}, and so may every function`;
    wrong.push(fail(message, `REVOKE ${component} FROM ${name};`));
  }
  if (inherited.length > 0) {
    const fix = byGrant
      ? `GRANT ${inherited.join(', ')} TO ${name} WITH INHERIT FALSE;`
      : `ALTER ROLE ${name} NOINHERIT;`;
    wrong.push(warn(`role ${name} has the privileges of ${inherited.join(', ')} without SET ROLE`, fix));
  }
  if (owns.length > 0) {
    const fix = `REASSIGN OWNED BY ${name} TO CURRENT_USER;`;
    wrong.push(warn(`role ${name} owns objects in ${owns.join(', ')}, and every function may change those`, fix));
  }
  return wrong.length > 0 ? wrong : [ok(`role ${name} has no privileges other than SET ROLE to other roles`)];
}

/**
 * Checks that one of the logins may SET ROLE to the roles of functions, and of handlers that are still to be called.
 */
async function roles(connection: Connection, logins: readonly string[]): Promise<Finding[]> {
  const { ok, fail } = findings('roles of functions');
  const found = await connection.query<{ role: string; exists: boolean; granted: boolean; login: string }>(
    `SELECT quote_ident(used.role) AS role, EXISTS (SELECT FROM pg_roles WHERE rolname = used.role) AS exists,
       EXISTS (SELECT FROM unnest($1::name[]) AS login WHERE crossbar._may_become(login, used.role)) AS granted,
       quote_ident(($1::name[])[1]) AS login
     FROM (
       SELECT role FROM crossbar._endpoint WHERE role IS NOT NULL
       UNION SELECT role FROM crossbar.async_call WHERE handler IS NOT NULL AND settled_at IS NULL
     ) AS used ORDER BY 1`,
    [logins],
  );
  const wrong = found.filter(({ exists, granted }) => !exists || !granted);
  if (wrong.length === 0) {
    return [ok(`${logins.join(' or ')} may SET ROLE to ${counted(found.length, 'role')} that functions run as`)];
  }
  return wrong.map(({ role, exists, login }) =>
    exists
      ? fail(`role ${login} may not SET ROLE to ${role}, which functions run as`, `GRANT ${role} TO ${login};`)
      : fail(`role ${role}, which functions run as, does not exist`, `CREATE ROLE ${role}; GRANT ${role} TO ${login};`),
  );
}

/** Checks that roles with privileges on functions of the schema, or on procedures, may use the schema. */
export async function checkGrantees(connection: Connection): Promise<Finding> {
  const { ok, fail, skip } = findings('schema usage');
  if (!(await isInstalled(connection))) return skip('nothing is installed in schema crossbar');
  const [found] = await connection.query<{ count: number; without: string | null }>(
    `SELECT count(*)::int AS count,
       string_agg(quote_ident(rolname), ', ' ORDER BY rolname) FILTER (WHERE NOT has_schema_privilege(pg_roles.oid, 'crossbar', 'USAGE')) AS without
     FROM pg_roles WHERE oid IN (
       SELECT grantee FROM pg_proc, aclexplode(proacl) WHERE pronamespace = 'crossbar'::regnamespace
     ) OR rolname IN (SELECT role FROM crossbar.call_permission)`,
  );
  const { count = 0, without = null } = found ?? {};
  if (without === null)
    return ok(`${counted(count, 'role')} with grants on functions or calls may use schema crossbar`);
  const message = `roles without USAGE on schema crossbar, so that they cannot use the functions granted to them: ${without}`;
  return fail(message, `GRANT USAGE ON SCHEMA crossbar TO ${without};`);
}
