import { readFile } from 'node:fs/promises';
import { createRouter, type Router } from '@pgwamp/router';
import pg from 'pg';
import { Callee, Proxy, type ProxyOptions, setupSql } from 'pgwamp';
import { startTemporaryPostgres } from 'pgwamp/demo';
import { pino } from 'pino';
import { servePage } from '../page.ts';
import { type Packing, startPacking } from './packing.ts';

const realm = 'realm1';

/** PostgreSQL, router, Callee, Proxy, the packing service and the page, all running. */
export interface Stack extends AsyncDisposable {
  /** The superuser's connection to the database, and the same as a URI. */
  readonly sql: pg.Client;
  readonly database: string;
  readonly proxy: Proxy;
  /** The URL of RabbitMQ. */
  readonly packing: Packing | undefined;
  /** The URL of the page. */
  readonly url: string;
}

/** Starts everything; the page takes the given port, or another if that is taken. */
export async function startStack(port: number, amqp: string | undefined): Promise<Stack> {
  const resources = new AsyncDisposableStack();
  try {
    const postgres = resources.use(await startTemporaryPostgres());
    const server = await connect(postgres.url());
    await server.query('CREATE DATABASE shop').finally(() => server.end());
    const database = postgres.url('shop');
    const sql = resources.adopt(await connect(database), (client) => client.end());
    await sql.query(await setupSql());
    const router = resources.adopt(createShopRouter(), (open) => open.close());
    const transport = { type: 'memory', router } as const;
    const access = {
      host: postgres.host,
      port: postgres.port,
      database: 'shop',
      user: 'crossbar',
      password: 'crossbar',
    };
    const environment = { log: pino({ level: 'warn' }) };
    const role = { realm, role: 'trusted', transport };
    const callee = resources.use(new Callee({ ...role, extra: { database: access } }, environment));
    // It brings the functions that schema.sql uses.
    await callee.start();
    await sql.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'));
    const packing = amqp === undefined ? undefined : resources.use(await startPacking(amqp, database));
    const proxy = resources.use(new Proxy(proxyOptions(access, transport, amqp), environment));
    await proxy.start();
    const { port: taken } = await servePage(router, new URL('page', import.meta.url), port, { type: 'websocket' });
    const all = resources.move();
    const url = `http://127.0.0.1:${taken}/`;
    return { sql, database, proxy, packing, url, [Symbol.asyncDispose]: () => all.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** One slot, and two ways out of it: the realm of the page, and RabbitMQ, if there is one. */
function proxyOptions(
  database: ProxyOptions['extra']['database'],
  transport: { readonly type: 'memory'; readonly router: Router },
  amqp: string | undefined,
): ProxyOptions {
  const toRabbit = { from: 'changes', to: 'rabbitmq', destination: 'shop', key: '{table}.{action}' };
  return {
    extra: {
      database,
      sources: { changes: { kind: 'wal', exclude_columns: ['card_number'] } },
      sinks: {
        page: { kind: 'wamp', realm, role: 'trusted', transport },
        ...(amqp !== undefined && { rabbitmq: { kind: 'amqp', uri: amqp, destination: 'exchange' } }),
      },
      routes: [
        { from: 'changes', to: 'page', destination: 'com.example.orders' },
        ...(amqp === undefined ? [] : [toRabbit]),
      ],
    },
  };
}

function createShopRouter(): Router {
  const permissions = [
    { uri: 'com.example.place_order', match: 'exact', allow: { call: true } },
    { uri: 'com.example.all_orders', match: 'exact', allow: { call: true } },
    { uri: 'com.example.orders', match: 'exact', allow: { subscribe: true } },
  ] as const;
  return createRouter({ realms: [{ name: realm, roles: [{ name: 'anonymous', permissions }] }] });
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}
