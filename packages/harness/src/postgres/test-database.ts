import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { waitFor } from '../wait-for.ts';
import { type ConnectionConfig, connectionUrl, type PostgresAddress, superuserConfig } from './address.ts';
import { type Connection, connect } from './connect.ts';

/** A database for one test. Disposing of it drops the database, despite open connections, and its replication slots. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** The superuser's connection to this database, for `new pg.Client()` or `extra.database`. */
  readonly config: ConnectionConfig;
  /** {@link TestDatabase.config} as a URI. */
  readonly url: string;
  /** Opens a connection to this database, as the superuser unless something else is said. */
  connect(overrides?: pg.ClientConfig): Promise<Connection>;
}

/** The environment variable with the part of the database names that one test run has in common. */
export const runVariable = 'PGWAMP_TEST_RUN';

/** The prefix of the names of this run's databases. */
export function databasePrefix(): string {
  return `test_${process.env[runVariable] ?? process.pid.toString(16)}_`;
}

/** Creates a database with a unique name: an empty one, or a copy of a template without connections. */
export async function createTestDatabase(
  address: PostgresAddress & { readonly version: number },
  template = 'template0',
): Promise<TestDatabase> {
  const name = databasePrefix() + randomBytes(4).toString('hex');
  await using superuser = await connect(superuserConfig(address));
  // Takes half the time of a copy by WAL. PostgreSQL 14 knows no other way.
  const strategy = address.version >= 15 ? ' STRATEGY file_copy' : '';
  await superuser.query(`CREATE DATABASE ${name} TEMPLATE ${template}${strategy}`);
  const config = superuserConfig(address, name);
  return {
    name,
    config,
    url: connectionUrl(config),
    connect: (overrides) => connect({ ...config, ...overrides }),
    [Symbol.asyncDispose]: () => dropDatabase(address, name),
  };
}

/** Drops a database, despite open connections, with its replication slots. */
export async function dropDatabase(address: PostgresAddress, name: string): Promise<void> {
  await using superuser = await connect(superuserConfig(address));
  // A component that reconnects by itself would otherwise take its slot again.
  await superuser.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await waitFor(() => dropSlots(superuser, name), { what: `the replication slots of ${name} to be dropped` });
  await superuser.query(`DROP DATABASE ${name} WITH (FORCE)`);
}

async function dropSlots(superuser: pg.Client, database: string): Promise<boolean> {
  const slots = 'FROM pg_replication_slots WHERE database = $1';
  await superuser.query(`SELECT pg_terminate_backend(active_pid) ${slots} AND active`, [database]);
  try {
    await superuser.query(`SELECT pg_drop_replication_slot(slot_name) ${slots}`, [database]);
    return true;
  } catch (error) {
    const objectInUse = '55006';
    if (error instanceof pg.DatabaseError && error.code === objectInUse) return false;
    throw error;
  }
}
