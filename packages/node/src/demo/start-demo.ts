import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { type DatabaseConfiguration, database as databaseSchema, parseConfiguration } from '@pgwamp/config';
import { serveConsole } from '@pgwamp/console';
import { setupSql } from '@pgwamp/core';
import { Connection } from '@pgwamp/core/internal/postgres';
import { createRouter } from '@pgwamp/router';
import { pino } from 'pino';
import { joinRouter } from '../cli/join-router.ts';
import type { Demo } from './demo.ts';
import { guidedTour } from './guided-tour.ts';
import { PublisherProcess } from './publisher-process.ts';
import { shop as shopSql, topics, turnover } from './shop.ts';
import { startTemporaryPostgres } from './temporary-postgres.ts';

const realm = 'realm1';

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
    const tour = Promise.withResolvers<RequestListener>();
    const web = await listen(port, async (request, response) => (await tour.promise)(request, response));
    resources.defer(() => closeServer(web));
    await router.listen({ server: web, path: '/ws' });
    const place = `127.0.0.1:${(web.address() as AddressInfo).port}`;
    const urls = { url: `http://${place}/`, routerUrl: `ws://${place}/ws` };
    const login = { host: postgres.host, port: postgres.port, database, user: 'crossbar', password: 'crossbar' };
    const publisher = resources.use(new PublisherProcess(realm, urls.routerUrl, login as DatabaseConfiguration));
    await publisher.start();
    await shop.query(shopSql);
    await shop.query(turnover);
    for (const Component of [Callee, Caller]) {
      const component = resources.use(
        new Component(
          { realm, transport: { type: 'memory', router }, extra: { database: login } },
          { log: pino({ level: 'warn' }) },
        ),
      );
      await component.start();
    }
    const carrier = resources.use(await joinRouter({ realm, router: urls.routerUrl }));
    await carrier.register('com.example.shipping_cost', ([amount]) => (Number(amount) > 100 ? 0 : 4.9));
    const close = resources.move();
    const demo = { postgres, router, publisher, shop, ...urls, [Symbol.asyncDispose]: () => close.disposeAsync() };
    tour.resolve(guidedTour(demo));
    return demo;
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** @param tour answers what is below `/tour`. */
async function listen(port: number, tour: RequestListener): Promise<Server> {
  const page = serveConsole({ realm, path: '/ws', topics, tour: true });
  const server = createServer((request, response) => {
    const isTour = request.url === '/tour' || request.url?.startsWith('/tour/');
    return isTour ? tour(request, response) : page(request, response);
  });
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
