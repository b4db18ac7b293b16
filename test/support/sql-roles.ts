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
