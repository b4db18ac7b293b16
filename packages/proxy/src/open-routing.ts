import { createRequire } from 'node:module';
import { databaseTarget, workerDatabase, workerLogin } from '@pgwamp/config';
import type { ResourceStack } from '@pgwamp/core/internal/component';
import { SessionPool } from '@pgwamp/core/internal/postgres';
import type { ProxyContext } from './context.ts';
import { createRouting, type Routing } from './routing/routing.ts';

/** Sessions for functions of routes, and the limit of batches that wait for one. */
const pool = { size: 4, queue: 100 };

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/**
 * Creates the routing of the configuration. Each reader of messages has its own, because some formats buffer a
 * transaction.
 */
export type MakeRouting = () => Routing;

/** Opens the resources of routes. The sessions are closed with the stack. */
export function openRouting(
  { connection, configuration, applicationName, functions }: ProxyContext,
  stack: ResourceStack,
): MakeRouting {
  const { name, database, routes, sources, sinks, max_message_size: limit } = configuration.extra;
  const sessions = stack.use(
    new SessionPool(workerDatabase(database), { ...pool, applicationName: `${applicationName} routes` }),
  );
  const context = {
    query: <Row extends object>(statement: string, parameters?: readonly unknown[]) =>
      connection.query<Row>(statement, parameters),
    ...{ pool: sessions, name, version, limit, sources, sinks },
    database: databaseTarget(database).database,
    login: workerLogin(database),
    functions,
  };
  return () => createRouting(routes, context);
}
