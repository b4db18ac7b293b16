import { type PostgresServer, sharedPostgres, type TestDatabase, waitFor } from '@pgwamp/harness';
import { pino } from 'pino';
import { Gateway, type GatewayEnvironment, type GatewayOptions } from '../../src/index.ts';

type Extra = Partial<GatewayOptions['extra']>;

/** A gateway that runs, and its database. */
export interface Stage extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  /** The port that it listens on. */
  readonly port: number;
  /** The address of a path. */
  url(path: string): string;
  http(path: string): string;
  notify(channel: string, ...payloads: string[]): Promise<void>;
}

const silent = pino({ level: process.env.PGWAMP_LOG_LEVEL ?? 'silent' });

/** The path from a gateway to PostgreSQL. */
interface StageOptions extends GatewayEnvironment {
  /** The server; the one that all tests share if left out. */
  readonly server?: PostgresServer;
  /** The address by which the gateway connects, if not the server's. */
  readonly through?: { readonly host: string; readonly port: number };
  /** The database; one of its own if left out. */
  readonly of?: TestDatabase;
  readonly heartbeat?: { readonly interval: number; readonly timeout: number };
}

/** Starts a gateway of a database of its own, on a free port. */
export async function openStage(extra: Extra = {}, options: StageOptions = {}): Promise<Stage> {
  const { server = await sharedPostgres(), through, of, heartbeat, ...environment } = options;
  const database = of ?? (await server.createDatabase());
  const { host, port, user, password, database: name } = database.config;
  const fields = { host, port, database: name, user, password, ...through, ...(heartbeat && { heartbeat }) };
  const own = { database: fields as GatewayOptions['extra']['database'], endpoint: { type: 'tcp', port: 0 } } as const;
  const gateway = new Gateway({ extra: { ...own, ...extra } }, { log: silent, ...environment });
  await gateway.start();
  const address = gateway.status().server;
  const listening = address && 'port' in address ? address.port : 0;
  return {
    ...{ gateway, database, port: listening },
    url: (path) => `ws://127.0.0.1:${listening}${path}`,
    http: (path) => `http://127.0.0.1:${listening}${path}`,
    async notify(channel, ...payloads) {
      await using sql = await database.connect();
      await sql.query('SELECT pg_notify($1, it) FROM unnest($2::text[]) it', [channel, payloads]);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      if (of === undefined) await database[Symbol.asyncDispose]();
    },
  };
}

/** Waits until so many clients are connected. */
export async function clients(gateway: Gateway, count: number): Promise<void> {
  await waitFor(() => gateway.status().clients === count, { what: `${count} clients` });
}
