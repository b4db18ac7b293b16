import type { Connection, TestDatabase } from '@pgwamp/harness';
import { createSetUpDatabase } from './sql-database.ts';
import { createRoles } from './sql-roles.ts';

/** A database without components, with roles that may register and subscribe, and that pgwamp may become. */
export interface EndpointStage extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  /** One role and a stranger to it. */
  readonly app: string;
  readonly stranger: string;
  /** Runs something on the superuser's connection as another role. */
  as<T>(role: string, work: () => Promise<T>): Promise<T>;
}

/** Opens a stage with a function `add2(integer, integer)`, which everybody may execute. */
export async function openEndpointStage(): Promise<EndpointStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const sql = stack.use(await database.connect());
  const roles = stack.use(await createRoles(sql, 2));
  const [app = '', stranger = ''] = roles.names;
  await sql.query(
    `GRANT ${app}, ${stranger} TO crossbar;
     GRANT EXECUTE ON FUNCTION crossbar.register, crossbar.unregister, crossbar.subscribe, crossbar.unsubscribe TO ${app}, ${stranger};
     CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql RETURN a + b`,
  );
  const as = async <T>(role: string, work: () => Promise<T>): Promise<T> => {
    await sql.query(`SET ROLE ${role}`);
    try {
      return await work();
    } finally {
      await sql.query('RESET ROLE');
    }
  };
  const kept = stack.move();
  return { database, sql, app, stranger, as, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
