import { randomBytes } from 'node:crypto';
import type { Connection } from '@pgwamp/harness';

/** Roles for one test, which `await using` drops; they are shared by the whole server, so their names are random. */
export interface TestRoles extends AsyncDisposable {
  readonly names: readonly string[];
}

/** Creates roles without any privileges. */
export async function createRoles(sql: Connection, count: number): Promise<TestRoles> {
  const prefix = `nobody_${randomBytes(6).toString('hex')}`;
  const names = Array.from({ length: count }, (_, index) => `${prefix}_${index}`);
  await sql.query(names.map((name) => `CREATE ROLE ${name}`).join(';'));
  return {
    names,
    [Symbol.asyncDispose]: async () => {
      await sql.query(`RESET ROLE; DROP OWNED BY ${names.join(', ')}; DROP ROLE ${names.join(', ')}`);
    },
  };
}

/** A role with a name that has to be quoted. */
export interface NamedRole extends AsyncDisposable {
  readonly name: string;
  /** As it is written in a statement. */
  readonly quoted: string;
}

/** Creates a role without any privileges, of a name that no other test takes. */
export async function createNamedRole(sql: Connection, name: string): Promise<NamedRole> {
  const { rows } = await sql.query<{ quoted: string }>('SELECT quote_ident($1) AS quoted', [name]);
  const quoted = rows[0]?.quoted ?? '';
  await sql.query(`CREATE ROLE ${quoted}`);
  return {
    name,
    quoted,
    [Symbol.asyncDispose]: async () => {
      await sql.query(`RESET ROLE; DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`);
    },
  };
}
