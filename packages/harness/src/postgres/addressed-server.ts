import { type ConnectionConfig, connectionUrl, type PostgresAddress, superuserConfig } from './address.ts';
import { type Connection, connect } from './connect.ts';
import type { PostgresServer } from './postgres-server.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** The operations that only require the address of a server. */
export abstract class AddressedServer implements PostgresServer {
  abstract readonly kind: PostgresServer['kind'];
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  readonly password: string;
  readonly version: number;
  readonly #templates = new Map<(database: TestDatabase) => Promise<void>, Promise<TestDatabase>>();

  constructor(address: PostgresAddress, version: number) {
    this.host = address.host;
    this.port = address.port;
    this.superuser = address.superuser;
    this.password = address.password;
    this.version = version;
  }

  config(database?: string): ConnectionConfig {
    return superuserConfig(this, database);
  }

  url(database = 'postgres', user = this.superuser, password = this.password): string {
    return connectionUrl({ host: this.host, port: this.port, database, user, password });
  }

  connect(database?: string): Promise<Connection> {
    return connect(this.config(database));
  }

  async createDatabase(prepare?: (database: TestDatabase) => Promise<void>): Promise<TestDatabase> {
    return createTestDatabase(this, prepare && (await this.#templateOf(prepare)).name);
  }

  get pid(): number {
    return this.#notOurs('has no process id');
  }

  async stop(): Promise<void> {
    this.#notOurs('cannot be stopped');
  }

  async start(): Promise<void> {
    this.#notOurs('cannot be started');
  }

  async log(): Promise<string> {
    return this.#notOurs('shows no log');
  }

  /** Drops the template databases. */
  protected async dropTemplates(): Promise<void> {
    for (const template of this.#templates.values()) await (await template)[Symbol.asyncDispose]();
  }

  #templateOf(prepare: (database: TestDatabase) => Promise<void>): Promise<TestDatabase> {
    const known = this.#templates.get(prepare);
    if (known) return known;
    const made = createTestDatabase(this).then(async (database) => {
      await prepare(database);
      return database;
    });
    this.#templates.set(prepare, made);
    return made;
  }

  #notOurs(what: string): never {
    throw new Error(`a PostgreSQL server of kind '${this.kind}' ${what}; use startPostgres({ own: true })`);
  }

  abstract [Symbol.asyncDispose](): Promise<void>;
}
