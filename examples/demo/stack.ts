import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveConsole } from '@pgwamp/console';
import { createRouter, type Router } from '@pgwamp/router';
import type pg from 'pg';
import { Publisher, setupSql } from 'pgwamp';
import { pino } from 'pino';
import { connect, createDatabase, type Postgres, startPostgres } from '../postgres.ts';

const realm = 'realm1';

/** The topics of schema.sql. */
const topics = ['com.example.orders', 'com.example.temperature'];

/** PostgreSQL, router, Publisher and the page, all running. */
export interface Stack extends AsyncDisposable {
  readonly postgres: Postgres;
  readonly router: Router;
  readonly publisher: Publisher;
  /** The superuser's connection to the shop's database. */
  readonly shop: pg.Client;
  /** Where the page is. */
  readonly url: string;
}

/** Starts everything; the page takes the given port, or another if that is taken. */
export async function startStack(port: number): Promise<Stack> {
  const resources = new AsyncDisposableStack();
  try {
    const postgres = resources.use(await startPostgres());
    const database = 'shop';
    await createDatabase(postgres, database);
    const shop = resources.adopt(await connect(postgres.url(database)), (client) => client.end());
    await shop.query(await setupSql());
    const router = resources.adopt(createRouter({ realms: [realm] }), (open) => open.close());
    const server = await listen(port);
    resources.defer(() => closeServer(server));
    await router.listen({ server, path: '/ws' });
    const publisher = resources.use(publisherFor({ ...postgres, database }, router));
    await publisher.start();
    await shop.query(await readSql('schema.sql'));
    const close = resources.move();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return { postgres, router, publisher, shop, url, [Symbol.asyncDispose]: () => close.disposeAsync() };
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

function readSql(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}
