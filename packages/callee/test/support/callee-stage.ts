import { Callee, type CalleeOptions, type ComponentEnvironment } from '@pgwamp/callee';
import type { Session } from '@pgwamp/core/internal/wamp';
import type { Connection, PostgresServer, TestDatabase } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { started } from '@pgwamp/harness/fixtures/started';
import { createRouter, type Router, type RouterOptions } from '@pgwamp/router';
import { pino } from 'pino';

/** What of a Callee's `extra` the tests choose. */
export type Extra = Omit<CalleeOptions['extra'], 'database'> & {
  readonly heartbeat?: object;
  /** What stands between it and PostgreSQL. */
  readonly through?: { readonly host: string; readonly port: number };
};

/** What a stage is made of, where the usual is not wanted. */
export interface CalleeStageOptions {
  readonly extra?: Extra;
  readonly router?: Partial<RouterOptions>;
  /** PostgreSQL, if not the shared one. */
  readonly server?: PostgresServer;
}

/** From a caller to SQL: a database, a router, a Callee that runs, and a session that calls. */
export interface CalleeStage extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  readonly router: Router;
  readonly callee: Callee;
  /** The caller. */
  readonly caller: Session;
}

/** Opens a stage; `prepare` is SQL that runs before the Callee starts. */
export async function openCalleeStage(prepare: string, options: CalleeStageOptions = {}): Promise<CalleeStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase(options.server));
  const sql = stack.use(await database.connect());
  await sql.query(prepare);
  const router = stack.use(createRouter({ realms: ['realm1'], ...options.router }));
  const callee = stack.use(await startCallee(calleeOptions(database, { type: 'memory', router }, options.extra)));
  const caller = stack.use(await join(router));
  const kept = stack.move();
  return { database, sql, router, callee, caller, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The configuration of a Callee between a database and a router. */
export function calleeOptions(
  { config }: TestDatabase,
  transport: CalleeOptions['transport'],
  { heartbeat, through, ...extra }: Extra = {},
): CalleeOptions {
  const { host, port, database } = { ...config, ...(through && { host: through.host, port: through.port }) };
  const login = { host, port, database, user: 'crossbar', password: 'crossbar', ...(heartbeat && { heartbeat }) };
  return { realm: 'realm1', transport, extra: { ...extra, database: login } } as CalleeOptions;
}

/** A Callee that has started, and says nothing. */
export function startCallee(options: CalleeOptions, environment: ComponentEnvironment = {}): Promise<Callee> {
  return started(new Callee(options, { log: pino({ level: 'silent' }), ...environment }));
}
