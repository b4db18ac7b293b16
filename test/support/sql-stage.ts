import type { Connection, TestDatabase } from '@pgwamp/harness';
import { Publisher, type PublisherOptions } from '@pgwamp/publisher';
import { createRouter, type Router, type UriStyle } from '@pgwamp/router';
import { type Logger, pino } from 'pino';
import { EventClient } from './event-client.ts';
import { createSetUpDatabase } from './sql-database.ts';

/** The three ways in which publications leave the database. */
export const deliveries = ['wal', 'outbox', 'notify'] as const;

/** How a publication leaves the database. */
export type Delivery = NonNullable<PublisherOptions['extra']['delivery']>;

/** What a stage is made of, where the usual is not wanted. */
export interface StageOptions {
  readonly delivery?: Delivery;
  readonly uris?: UriStyle;
  /** Made by the caller, dropped with the stage. */
  readonly database?: TestDatabase;
}

/** From SQL to a subscriber: a database, a Publisher that runs, a router, and a client that shows events. */
export interface SqlStage extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  readonly router: Router;
  readonly publisher: Publisher;
  readonly client: EventClient;
}

/** Where role crossbar connects to. */
export function crossbarLogin({ config }: TestDatabase) {
  return { ...config, user: 'crossbar', password: 'crossbar' };
}

/** A Publisher of a database, not started yet. */
export function createPublisher(
  database: TestDatabase,
  router: Router,
  delivery: Delivery = 'auto',
  { realm = 'realm1', log = pino({ level: 'silent' }) }: { realm?: string; log?: Logger } = {},
): Publisher {
  const extra = { database: crossbarLogin(database), delivery };
  return new Publisher({ realm, transport: { type: 'memory', router }, extra }, { log });
}

/** Opens a stage whose client is subscribed to `topics`. */
export async function openStage(
  topics: readonly string[] = [],
  { delivery = 'auto', uris = 'loose', database: given }: StageOptions = {},
): Promise<SqlStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(given ?? (await createSetUpDatabase()));
  const sql = stack.use(await database.connect());
  const router = stack.use(createRouter({ realms: ['realm1'], uris }));
  const publisher = stack.use(createPublisher(database, router, delivery));
  await publisher.start();
  const client = stack.use(await EventClient.join(router, topics));
  const kept = stack.move();
  return { database, sql, router, publisher, client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
