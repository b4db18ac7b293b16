import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Connection } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { type Statement, type Transaction, Worker } from '../../src/postgres/index.ts';
import { installedDatabase, type PreparedDatabase } from './database.ts';

/** A database in which pgwamp is installed, and workers that connect to it as role crossbar. */
export interface WorkerStage extends AsyncDisposable {
  readonly database: PreparedDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  /** A role that crossbar may become. */
  readonly role: string;
  /** Opens a worker, which ends with the stage. */
  open(configuration?: Partial<DatabaseConfiguration>): Promise<Worker>;
}

/** @param definitions SQL that the superuser runs first. */
export async function workerStage(definitions = ''): Promise<WorkerStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await installedDatabase());
  const sql = stack.use(await database.connect());
  const roles = stack.use(await createRoles(sql, 1));
  const [role = ''] = roles.names;
  await sql.query(`GRANT ${role} TO crossbar; ${definitions}`);
  const all = stack.move();
  const open = async (configuration: Partial<DatabaseConfiguration> = {}) => {
    const merged = { ...database.crossbar, ...configuration } as DatabaseConfiguration;
    return all.use(await Worker.open(merged, 'worker'));
  };
  return { database, sql, role, open, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Statements of one transaction, each as text or as text and parameters. */
export function transaction(...statements: (string | readonly [string, ...(string | null)[]])[]): Transaction {
  return { scope: 'transaction', statements: statements.map(statementOf) };
}

/** A transaction whose first statement is committed by itself. */
export function session(...statements: (string | readonly [string, ...(string | null)[]])[]): Transaction {
  return { scope: 'session', statements: statements.map(statementOf) };
}

/** The only value of a statement. */
export async function answer(worker: Worker, text: string, ...values: (string | null)[]): Promise<string | null> {
  const [rows] = await worker.run(transaction([text, ...values]));
  return rows?.[0]?.[0] ?? null;
}

function statementOf(statement: string | readonly [string, ...(string | null)[]]): Statement {
  if (typeof statement === 'string') return { text: statement, values: [] };
  const [text, ...values] = statement;
  return { text, values };
}
