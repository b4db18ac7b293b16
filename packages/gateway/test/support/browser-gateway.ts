import { type Connection, sharedBrowser, sharedPostgres, type TestDatabase } from '@pgwamp/harness';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import type { GatewayOptions } from '../../src/configuration.ts';
import { Gateway, type GatewayEnvironment } from '../../src/gateway.ts';

type Extra = Partial<GatewayOptions['extra']>;

/** A Gateway with a database of its own, for tests with pages. */
export interface RunningGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly port: number;
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
}

/** Starts a Gateway at a free port of 127.0.0.1. */
export async function startGateway(
  extra: Extra = {},
  schema = '',
  environment: GatewayEnvironment = {},
): Promise<RunningGateway> {
  await using resources = new AsyncDisposableStack();
  const database = resources.use(await (await sharedPostgres()).createDatabase());
  const sql = resources.use(await database.connect());
  if (schema !== '') await sql.query(schema);
  const endpoint = { type: 'tcp', interface: '127.0.0.1', port: 0 } as const;
  const options = { extra: { database: database.config, endpoint, ...extra } } as GatewayOptions;
  const gateway = resources.use(new Gateway(options, { log: pino({ level: 'silent' }), ...environment }));
  await gateway.start();
  const { server } = gateway.status();
  if (!server || !('port' in server)) throw new Error('the gateway does not listen');
  const all = resources.move();
  return { gateway, port: server.port, database, sql, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A page, and what it has complained of: errors, and what its policy has refused. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** Opens a page with its own cookies and storage. */
export async function openPage(options: { ignoreHTTPSErrors?: boolean } = {}): Promise<WatchedPage> {
  const open = await sharedBrowser();
  const page = await open.page({ viewport: { width: 360, height: 740 }, ...options });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, complaints, [Symbol.asyncDispose]: () => open[Symbol.asyncDispose]() };
}
