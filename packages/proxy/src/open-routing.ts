import { createRequire } from 'node:module';
import { databaseTarget } from '@pgwamp/config';
import type { ResourceStack } from '@pgwamp/core/internal/component';
import { SessionPool } from '@pgwamp/core/internal/postgres';
import type { ProxyContext } from './context.ts';
import { createRouting, type Routing } from './routing/routing.ts';

/** Sessions that functions of routes run in, and batches of messages that may wait for one. */
const pool = { size: 4, queue: 100 };

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Makes the routing of the configuration, for each reader of messages its own: some formats hold the transaction that is being read. */
export type MakeRouting = () => Routing;

/** What routes need of the database. The sessions are closed with the stack. */
export function openRouting(
  { connection, configuration, applicationName }: ProxyContext,
  stack: ResourceStack,
): MakeRouting {
  const { name, database, routes, sources, sinks, max_message_size: limit } = configuration.extra;
  const sessions = stack.use(new SessionPool(database, { ...pool, applicationName: `${applicationName} routes` }));
  const context = {
    query: <Row extends object>(statement: string, parameters?: readonly unknown[]) =>
      connection.query<Row>(statement, parameters),
    ...{ pool: sessions, name, version, limit, sources, sinks },
    database: databaseTarget(database).database,
  };
  return () => createRouting(routes, context);
}
