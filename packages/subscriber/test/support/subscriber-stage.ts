import type { Session } from '@pgwamp/core/internal/wamp';
import type { Connection, PostgresServer, TestDatabase } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { started } from '@pgwamp/harness/fixtures/started';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import type { Router, RouterOptions } from '@pgwamp/router';
import { type ComponentEnvironment, Subscriber, type SubscriberOptions } from '@pgwamp/subscriber';
import { pino } from 'pino';

/** The part of a Subscriber's `extra` that tests set. */
export type Extra = Omit<SubscriberOptions['extra'], 'database'> & {
  readonly heartbeat?: object;
  /** The role that handlers run in the sessions of, if not the Subscriber's own. */
  readonly worker?: object;
};

/** Options of a stage that differ from the defaults. */
export interface SubscriberStageOptions {
  readonly extra?: Extra;
  readonly router?: Partial<RouterOptions>;
  /** The Subscriber's role at the router. */
  readonly role?: string;
  /** PostgreSQL, if not the shared one. */
  readonly server?: PostgresServer;
  readonly environment?: ComponentEnvironment;
}

/** From a publisher to SQL: a database, a router, a Subscriber that runs, and a session that publishes. */
export interface SubscriberStage extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  readonly router: Router;
  readonly subscriber: Subscriber;
  /** The publisher. */
  readonly publisher: Session;
}

/** Opens a stage; `prepare` is SQL that runs before the Subscriber starts. */
export async function openSubscriberStage(
  prepare: string,
  options: SubscriberStageOptions = {},
): Promise<SubscriberStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase(options.server));
  const sql = stack.use(await database.connect());
  await sql.query(prepare);
  const router = stack.use(createTestRouter(options.router));
  const transport = { type: 'memory', router } as const;
  const configuration = subscriberOptions(database, transport, options.extra);
  const subscriber = stack.use(await startSubscriber({ ...configuration, role: options.role }, options.environment));
  const publisher = stack.use(await join(router));
  const kept = stack.move();
  return { database, sql, router, subscriber, publisher, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The configuration of a Subscriber between a database and a router. */
export function subscriberOptions(
  database: TestDatabase,
  transport: SubscriberOptions['transport'],
  { heartbeat, worker, ...extra }: Extra = {},
): SubscriberOptions {
  const login = { ...crossbarLogin(database), ...(heartbeat && { heartbeat }), ...(worker && { worker }) };
  return { realm: 'realm1', transport, extra: { ...extra, database: login } } as SubscriberOptions;
}

/** A Subscriber that has started, and says nothing. */
export function startSubscriber(
  options: SubscriberOptions,
  environment: ComponentEnvironment = {},
): Promise<Subscriber> {
  return started(new Subscriber(options, { log: pino({ level: 'silent' }), ...environment }));
}
