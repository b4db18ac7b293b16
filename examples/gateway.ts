// The common parts of the examples of the Gateway: PostgreSQL, a Gateway, and a server for the page. An application
// already has all three.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Gateway, type GatewayOptions, setupSql } from 'pgwamp';
import { startTemporaryPostgres, type TemporaryPostgres } from 'pgwamp/demo';
import { pino } from 'pino';

/** An example that runs; its disposal ends everything. */
export interface GatewayExample extends AsyncDisposable {
  readonly postgres: TemporaryPostgres;
  readonly gateway: Gateway;
  /** The superuser's connection to the database. */
  readonly sql: pg.Client;
  /** The superuser's connection as a URI, for psql. */
  readonly database: string;
  /** The URL of the page. */
  readonly url: string;
}

/** The parts of one example. */
export interface GatewayExampleOptions {
  /** The folder with `schema.sql` and `page/`. */
  readonly folder: URL;
  /** The port of the page; 0 for any that is free. */
  readonly port: number;
  /** Options of the Gateway besides where it listens, and where PostgreSQL is. */
  readonly extra: Omit<GatewayOptions['extra'], 'database' | 'endpoint'>;
}

/** Starts everything that an example needs. */
export async function startGatewayExample({ folder, port, extra }: GatewayExampleOptions): Promise<GatewayExample> {
  const resources = new AsyncDisposableStack();
  try {
    const postgres = resources.use(await startTemporaryPostgres());
    const server = await connect(postgres.url());
    await server.query('CREATE DATABASE example').finally(() => server.end());
    const database = postgres.url('example');
    const sql = resources.adopt(await connect(database), (client) => client.end());
    await sql.query(await setupSql());
    await sql.query(await readFile(new URL('schema.sql', folder), 'utf8'));
    const endpoint = { type: 'tcp', interface: '127.0.0.1', port: 0 } as const;
    const access = {
      host: postgres.host,
      port: postgres.port,
      database: 'example',
      user: 'crossbar',
      password: 'crossbar',
    };
    const options = { extra: { ...extra, database: access, endpoint } };
    const gateway = resources.use(new Gateway(options, { log: pino({ level: 'warn' }) }));
    await gateway.start();
    const page = resources.adopt(await servePage(new URL('page/', folder), port, addressOf(gateway)), close);
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
    const all = resources.move();
    return { postgres, gateway, sql, database, url, [Symbol.asyncDispose]: () => all.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

function addressOf(gateway: Gateway): string {
  const { server } = gateway.status();
  return server && 'port' in server ? `ws://127.0.0.1:${server.port}/listen` : '';
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** Serves the files of a page, the browser client as `/client.js`, and where the Gateway is as `/gateway.json`. */
async function servePage(folder: URL, port: number, gateway: string): Promise<Server> {
  const client = fileURLToPath(import.meta.resolve('@pgwamp/gateway/client'));
  const read = (path: string): Promise<string | Buffer> => {
    if (path === '/gateway.json') return Promise.resolve(JSON.stringify({ url: gateway }));
    if (path === '/client.js') return readFile(client);
    if (!/^\/[\w-]+\.\w+$/.test(path)) return Promise.reject(new Error('no such file'));
    return readFile(new URL(`.${path}`, folder));
  };
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    read(path).then(
      (body) => response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'text/plain' }).end(body),
      () => response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.\n'),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
