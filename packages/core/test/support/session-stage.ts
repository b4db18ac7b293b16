import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Connection } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { PooledSession, type Statement, type Transaction } from '../../src/postgres/index.ts';
import { installedDatabase, type PreparedDatabase } from './database.ts';

/** A database in which pgwamp is installed, and sessions that connect to it as role crossbar. */
export interface SessionStage extends AsyncDisposable {
  readonly database: PreparedDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  /** A role that crossbar may become. */
  readonly role: string;
  /** Opens a session, which ends with the stage. */
  open(configuration?: Partial<DatabaseConfiguration>, rowLimit?: number): Promise<PooledSession>;
}

/** @param definitions SQL that the superuser runs first. */
export async function sessionStage(definitions = ''): Promise<SessionStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await installedDatabase());
  const sql = stack.use(await database.connect());
  const roles = stack.use(await createRoles(sql, 1));
  const [role = ''] = roles.names;
  await sql.query(`GRANT ${role} TO crossbar; ${definitions}`);
  const all = stack.move();
  const open = async (configuration: Partial<DatabaseConfiguration> = {}, rowLimit?: number) => {
    const merged = { ...database.crossbar, ...configuration } as DatabaseConfiguration;
    return all.use(await PooledSession.open(merged, { applicationName: 'session', rowLimit }));
  };
  return { database, sql, role, open, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Statements of one transaction, each as text or as text and parameters. */
export function transaction(...statements: (string | readonly [string, ...(string | null)[]])[]): Transaction {
  return { scope: 'transaction', statements: statements.map(statementOf) };
}

/** A transaction whose first statement is committed by itself. */
export function committedFirst(...statements: (string | readonly [string, ...(string | null)[]])[]): Transaction {
  return { scope: 'session', statements: statements.map(statementOf) };
}

/** The only value of a statement. */
export async function answer(
  session: PooledSession,
  text: string,
  ...values: (string | null)[]
): Promise<string | null> {
  const [rows] = await session.run(transaction([text, ...values]));
  return rows?.[0]?.[0] ?? null;
}

function statementOf(statement: string | readonly [string, ...(string | null)[]]): Statement {
  if (typeof statement === 'string') return { text: statement, values: [] };
  const [text, ...values] = statement;
  return { text, values };
}
