import { randomBytes } from 'node:crypto';
import { sharedPostgres } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';

/** Roles that role crossbar may become; they are the whole server's, so their names are random. */
export interface ServerRoles<Name extends string> extends AsyncDisposable {
  /** Names for tests, and PostgreSQL's statements. */
  readonly names: Readonly<Record<Name, string>>;
}

/** Creates roles. To be created before the database that uses them, so that they are dropped after it. */
export async function createServerRoles<Name extends string>(...names: Name[]): Promise<ServerRoles<Name>> {
  const suffix = randomBytes(6).toString('hex');
  const roles = names.map((name) => `${name}_${suffix}`);
  const run = async (statement: (role: string) => string) => {
    await using superuser = await (await sharedPostgres()).connect();
    await superuser.query(roles.map(statement).join(';'));
  };
  // On a new server, role crossbar comes with the first database that is set up.
  await using _database = await createSetUpDatabase();
  await run((role) => `CREATE ROLE ${role}; GRANT ${role} TO crossbar`);
  return {
    names: Object.fromEntries(names.map((name, index) => [name, roles[index]])) as Record<Name, string>,
    [Symbol.asyncDispose]: () => run((role) => `DROP ROLE ${role}`),
  };
}
