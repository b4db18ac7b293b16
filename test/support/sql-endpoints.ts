import type { Connection, TestDatabase } from '@pgwamp/harness';
import { expect } from 'chai';
import { createSetUpDatabase } from './sql-database.ts';
import { errorOf } from './sql-error.ts';
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

/** The statements that register `add2` for `com.a`, and that subscribe it to `com.a`. */
export function registerAndSubscribe(options: object): [register: string, subscribe: string] {
  const rest = `('com.a', 'add2(integer, integer)', '${JSON.stringify(options)}')`;
  return [`SELECT crossbar.register${rest}`, `SELECT crossbar.subscribe${rest}`];
}

/** Expects that a role is refused for want of a right, with a message and, where one is given, a hint. */
export async function expectNoRight(
  { sql, as }: EndpointStage,
  role: string,
  statement: string,
  message: string,
  hint?: string,
): Promise<void> {
  const error = await as(role, () => errorOf(sql.query(statement)));
  expect(error, statement).to.include({ code: '42501', message, hint });
}

/** Whether another session waits for the end of the transaction that this is asked in. */
export const somebodyWaits = `SELECT EXISTS (
  SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)`;
