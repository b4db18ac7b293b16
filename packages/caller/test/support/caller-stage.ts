import { Caller, type CallerOptions, type ComponentEnvironment } from '@pgwamp/caller';
import type { Session } from '@pgwamp/core/internal/wamp';
import type { Connection, PostgresServer, TestDatabase } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { started } from '@pgwamp/harness/fixtures/started';
import { createRouter, type Router, type RouterOptions } from '@pgwamp/router';
import { pino } from 'pino';

/** What of a Caller's `extra` the tests choose. */
export type Extra = Omit<CallerOptions['extra'], 'database'> & {
  readonly heartbeat?: object;
  /** What stands between it and PostgreSQL. */
  readonly through?: { readonly host: string; readonly port: number };
};

/** What a stage is made of, where the usual is not wanted. */
export interface CallerStageOptions {
  readonly extra?: Extra;
  readonly router?: Partial<RouterOptions>;
  /** PostgreSQL, if not the shared one. */
  readonly server?: PostgresServer;
}

/** From SQL to a callee: a database, a Caller that runs, a router, and a session that registers. */
export interface CallerStage extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  readonly router: Router;
  readonly caller: Caller;
  /** The callee. */
  readonly callee: Session;
  /** The first column of each row of a statement, as text. */
  column(statement: string): Promise<(string | null)[]>;
  /** The only value of a statement, as text. */
  one(statement: string): Promise<string | null>;
}

/** Opens a stage in which every role that may execute the functions may call every procedure. */
export async function openCallerStage(options: CallerStageOptions = {}): Promise<CallerStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase(options.server));
  const sql = stack.use(await database.connect());
  await sql.query(`SELECT crossbar.grant_call('public', '*')`);
  const router = stack.use(createRouter({ realms: ['realm1'], ...options.router }));
  const callee = stack.use(await join(router));
  const caller = stack.use(await startCaller(callerOptions(database, { type: 'memory', router }, options.extra)));
  const kept = stack.move();
  const column = (statement: string) => columnOf(sql, statement);
  const one = async (statement: string) => (await column(statement))[0] ?? null;
  return { database, sql, router, caller, callee, column, one, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The first column of each row, as text: numbers keep what they were. */
export async function columnOf(sql: Connection, statement: string): Promise<(string | null)[]> {
  const { rows } = await sql.query({ text: statement, rowMode: 'array', types: { getTypeParser: () => String } });
  return rows.map(([first]) => first as string | null);
}

/** The configuration of a Caller between a database and a router. */
export function callerOptions(
  testDatabase: TestDatabase,
  transport: CallerOptions['transport'],
  { heartbeat, through, ...extra }: Extra = {},
): CallerOptions {
  const { host, port, database, user, password } = { ...crossbarLogin(testDatabase), ...through };
  const login = { host, port, database, user, password, ...(heartbeat && { heartbeat }) };
  return { realm: 'realm1', transport, extra: { ...extra, database: login } } as CallerOptions;
}

/** A Caller that has started, and says nothing. */
export function startCaller(options: CallerOptions, environment: ComponentEnvironment = {}): Promise<Caller> {
  return started(new Caller(options, { log: pino({ level: 'silent' }), ...environment }));
}
