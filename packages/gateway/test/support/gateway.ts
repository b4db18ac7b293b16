import { sharedPostgres, type TestDatabase, waitFor } from '@pgwamp/harness';
import { pino } from 'pino';
import { Gateway, type GatewayEnvironment, type GatewayOptions } from '../../src/index.ts';

type Extra = Partial<GatewayOptions['extra']>;

/** A gateway that runs, and its database. */
export interface Stage extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  /** The address of a path. */
  url(path: string): string;
  http(path: string): string;
  notify(channel: string, ...payloads: string[]): Promise<void>;
}

const silent = pino({ level: process.env.PGWAMP_LOG_LEVEL ?? 'silent' });

/** `extra` of a gateway of a database, on a free port. */
function extraOf(database: TestDatabase, extra: Extra = {}): GatewayOptions['extra'] {
  const { host, port, user, password, database: name } = database.config;
  const fields = { host, port, database: name, user, password } as GatewayOptions['extra']['database'];
  return { database: fields, endpoint: { type: 'tcp', port: 0 }, ...extra };
}

/** Starts a gateway of a database of its own. */
export async function openStage(extra: Extra = {}, environment: GatewayEnvironment = {}): Promise<Stage> {
  const database = await (await sharedPostgres()).createDatabase();
  return openStageOf(database, extra, environment);
}

/** Starts a gateway of a database, which it releases. */
async function openStageOf(database: TestDatabase, extra: Extra = {}, environment: GatewayEnvironment = {}) {
  const gateway = new Gateway({ extra: extraOf(database, extra) }, { log: silent, ...environment });
  const sql = await database.connect();
  await gateway.start();
  const { server } = gateway.status();
  const port = server && 'port' in server ? server.port : 0;
  return {
    ...{ gateway, database },
    url: (path: string) => `ws://127.0.0.1:${port}${path}`,
    http: (path: string) => `http://127.0.0.1:${port}${path}`,
    async notify(channel: string, ...payloads: string[]) {
      await sql.query(
        'SELECT pg_notify($1, payload) FROM unnest($2::text[]) WITH ORDINALITY AS it (payload, n) ORDER BY n',
        [channel, payloads],
      );
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await sql[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  } satisfies Stage;
}

/** Waits until so many clients are connected. */
export async function clients(gateway: Gateway, count: number): Promise<void> {
  await waitFor(() => gateway.status().clients === count, { what: `${count} clients` });
}
