import { readFile } from 'node:fs/promises';
import { type DatabaseConfiguration, database as schema } from '@pgwamp/config';
import { type PostgresServer, repositoryRoot, sharedPostgres, type TestDatabase } from '@pgwamp/harness';
import { Connection, type Delivery, enactDelivery, install, slotName } from '../../src/postgres/index.ts';

/** A database in which sql/setup.sql was run, and how role crossbar connects to it. */
export interface PreparedDatabase extends TestDatabase {
  readonly crossbar: DatabaseConfiguration;
}

/** A heartbeat that detects a loss soon. A busy machine may be silent for as long. */
export const impatient = { interval: 200, timeout: 300 };

/** `extra.database`, checked; probed often. */
export function databaseConfiguration(fields: object): DatabaseConfiguration {
  return schema.parse({ heartbeat: { interval: 200, timeout: 5000 }, ...fields });
}

/** A database after sql/setup.sql. */
export async function preparedDatabase(server?: PostgresServer): Promise<PreparedDatabase> {
  const { host, port, createDatabase } = bound(server ?? (await sharedPostgres()));
  const database = await createDatabase();
  const fields = { host, port, database: database.name, user: 'crossbar', password: 'crossbar' };
  return { ...database, crossbar: databaseConfiguration(fields) };
}

/** A database in which pgwamp is installed for realm1 with one delivery. */
export async function installedDatabase(delivery: Delivery = 'wal'): Promise<PreparedDatabase> {
  const database = await preparedDatabase();
  await using connection = await Connection.open(database.crossbar, 'installer');
  await installDelivery(connection, delivery);
  return database;
}

/** Installs, and puts a delivery in force for realm1. */
export async function installDelivery(connection: Connection, delivery: Delivery): Promise<void> {
  const slot = await slotName(connection, 'realm1');
  await install(connection, { delivery }, () => enactDelivery(connection, delivery, 'realm1', slot));
}

/** Runs sql/setup.sql. */
export async function setUp(database: TestDatabase): Promise<void> {
  const setup = await readFile(`${repositoryRoot}/sql/setup.sql`, 'utf8');
  await using superuser = await database.connect();
  await using cluster = await database.connect({ database: 'postgres' });
  // The role belongs to the cluster, and two sessions that alter it at the same time conflict.
  await cluster.query('SELECT pg_advisory_lock(6000, 1)');
  await superuser.query(setup);
}

function bound(server: PostgresServer) {
  return { host: server.host, port: server.port, createDatabase: () => server.createDatabase(setUp) };
}
