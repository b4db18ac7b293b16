import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AllowedHosts, database as databaseSchema, parseConfiguration } from '@pgwamp/config';
import { setupSql } from '@pgwamp/core';
import { ResourceStack } from '@pgwamp/core/internal/component';
import { Connection } from '@pgwamp/core/internal/postgres';
import { joinRouter } from '../cli/join-router.ts';
import { closeConsole, createConsoleHttp } from '../console/console-http.ts';
import { ConsoleService } from '../console/console-service.ts';
import { nodeSource } from '../console/node-source.ts';
import { install } from '../install.ts';
import { openLog } from '../supervisor/log.ts';
import type { Demo } from './demo.ts';
import { realm, startDemoNode } from './demo-node.ts';
import { DemoPublisher } from './demo-publisher.ts';
import { guidedTour } from './guided-tour.ts';
import { shop as shopSql, topics, turnover, warmest } from './shop.ts';
import { startTemporaryPostgres } from './temporary-postgres.ts';
import { waitFor } from './wait-for.ts';

/**
 * Starts all parts of the demo: PostgreSQL, a node like that of `pgwamp start`, and its console on the given port, or
 * on another one if it is taken.
 *
 * @example
 * ```ts
 * import { startDemo } from 'pgwamp/demo';
 *
 * const demo = await startDemo(8080);
 * console.log(demo.url);
 * await demo[Symbol.asyncDispose]();
 * ```
 *
 * @throws `NoPostgresError` if there is no PostgreSQL to start.
 */
export async function startDemo(port: number): Promise<Demo> {
  const resources = new ResourceStack();
  try {
    const postgres = resources.use(await startTemporaryPostgres());
    const database = 'shop';
    await using server = await connect(postgres.url());
    await server.query(`CREATE DATABASE ${database}`);
    const shop = resources.use(await connect(postgres.url(database)));
    await shop.query(await setupSql());
    // Connections of pgwamp have no user schema in their search_path.
    await shop.query('SET search_path = public');
    const login = { host: postgres.host, port: postgres.port, database, user: 'crossbar', password: 'crossbar' };
    // Installed first, because the components would otherwise wait for each other to do it.
    await install(login);
    const node = resources.use(await startDemoNode(login));
    const { routerUrl } = node;
    await shop.query(shopSql);
    await shop.query(turnover);
    await shop.query(warmest);
    const session = resources.use(await joinRouter({ realm, router: routerUrl }));
    await session.register('com.example.shipping_cost', ([amount]) => (Number(amount) > 100 ? 0 : 4.9));
    await waitFor('the Callee to register the function', () => isRegistered(shop));
    const running = { postgres, publisher: new DemoPublisher(node.host), shop, routerUrl };
    const source = { ...nodeSource(node.host), tour: guidedTour(running) };
    const { logger } = await openLog('pretty', 'info');
    const page = new ConsoleService(source, { realm, topics, writes: true }, logger, new AllowedHosts(undefined));
    const web = await listen(createConsoleHttp(page), port);
    resources.defer(() => closeConsole(web, page));
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
    const stack = resources.move();
    return { ...running, url, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

async function isRegistered(shop: Connection): Promise<boolean> {
  const found = await shop.query(`SELECT FROM crossbar.registrations WHERE state = 'registered'`);
  return found.length > 0;
}

async function listen(server: Server, port: number): Promise<Server> {
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

function connect(uri: string): Promise<Connection> {
  return Connection.open(parseConfiguration(databaseSchema, { uri }, null), 'pgwamp demo');
}
