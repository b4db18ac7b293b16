import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { database as databaseSchema, parseConfiguration } from '@pgwamp/config';
import { serveConsole } from '@pgwamp/console';
import { setupSql } from '@pgwamp/core';
import { Connection } from '@pgwamp/core/internal/postgres';
import { Publisher } from '@pgwamp/publisher';
import { createRouter, type Router } from '@pgwamp/router';
import { pino } from 'pino';
import { shop as shopSql, topics } from './shop.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './temporary-postgres.ts';

const realm = 'realm1';

/** PostgreSQL, router, Publisher and the page, all running; its disposal ends them. */
export interface Demo extends AsyncDisposable {
  readonly postgres: TemporaryPostgres;
  readonly router: Router;
  readonly publisher: Publisher;
  /** The superuser's connection to the shop's database. */
  readonly shop: Connection;
  /** Where the page is. */
  readonly url: string;
  /** Where the router takes WebSockets. */
  readonly routerUrl: string;
}

/**
 * Starts everything that the demo shows; the page takes the given port, or another if that is taken.
 *
 * ```ts
 * import { startDemo } from 'pgwamp/demo';
 *
 * await using demo = await startDemo(8080);
 * console.log(demo.url);
 * ```
 *
 * @throws `NoPostgresError` if there is no PostgreSQL to start.
 */
export async function startDemo(port: number): Promise<Demo> {
  const resources = new AsyncDisposableStack();
  try {
    const postgres = resources.use(await startTemporaryPostgres());
    const database = 'shop';
    await using server = await connect(postgres.url());
    await server.query(`CREATE DATABASE ${database}`);
    const shop = resources.use(await connect(postgres.url(database)));
    await shop.query(await setupSql());
    // Our own connections look up nothing there.
    await shop.query('SET search_path = public');
    const router = resources.adopt(createRouter({ realms: [realm] }), (open) => open.close());
    const web = await listen(port);
    resources.defer(() => closeServer(web));
    await router.listen({ server: web, path: '/ws' });
    const publisher = resources.use(publisherFor({ ...postgres, database }, router));
    await publisher.start();
    await shop.query(shopSql);
    const close = resources.move();
    const place = `127.0.0.1:${(web.address() as AddressInfo).port}`;
    const urls = { url: `http://${place}/`, routerUrl: `ws://${place}/ws` };
    return { postgres, router, publisher, shop, ...urls, [Symbol.asyncDispose]: () => close.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

function publisherFor(
  { host, port, database }: { host: string; port: number; database: string },
  router: Router,
): Publisher {
  return new Publisher(
    {
      realm,
      transport: { type: 'memory', router },
      extra: { database: { host, port, database, user: 'crossbar', password: 'crossbar' } },
    },
    { log: pino({ level: 'warn' }) },
  );
}

async function listen(port: number): Promise<Server> {
  const server = createServer(serveConsole({ realm, path: '/ws', topics }));
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return server;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

function connect(uri: string): Promise<Connection> {
  return Connection.open(parseConfiguration(databaseSchema, { uri }, null), 'pgwamp demo');
}
