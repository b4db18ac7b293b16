import { readFile } from 'node:fs/promises';
import {
  type Connection,
  durableSettings,
  type PostgresServer,
  startPostgres,
  type TestDatabase,
} from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { Publisher } from 'pgwamp';
import { pino } from 'pino';

/** The delivery to measure. */
export type Delivery = 'wal' | 'outbox';

/** A database with pgwamp installed, on a server of its own: fsync on, as a database of consequence has it. */
export interface BenchDatabase extends AsyncDisposable {
  readonly server: PostgresServer;
  readonly database: TestDatabase;
  readonly connection: Connection;
}

export async function openBenchDatabase(): Promise<BenchDatabase> {
  const resources = new AsyncDisposableStack();
  const server = resources.use(await startPostgres({ settings: durableSettings }));
  const database = resources.use(await server.createDatabase());
  const connection = resources.use(await database.connect());
  await connection.query(await readFile(new URL('../sql/setup.sql', import.meta.url), 'utf8'));
  return { server, database, connection, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** The connection options of a component, as JSON for a process. */
export function databaseConfiguration({ database }: BenchDatabase) {
  const { host, port } = database.config;
  return { host: host ?? '', port: port ?? 0, database: database.name, user: 'crossbar', password: 'crossbar' };
}

/** Installs pgwamp with a delivery, by letting a Publisher run for a moment. */
export async function installDelivery(bench: BenchDatabase, delivery: Delivery): Promise<void> {
  await using router = createRouter({ realms: ['realm1'] });
  await using publisher = new Publisher(
    {
      realm: 'realm1',
      transport: { type: 'memory', router },
      extra: { delivery, database: databaseConfiguration(bench) },
    },
    { log: pino({ level: 'silent' }) },
  );
  await publisher.start();
}
