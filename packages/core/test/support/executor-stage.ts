import type { DatabaseConfiguration } from '@pgwamp/config';
import { type Connection as Client, type TestDatabase, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles, type TestRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { endpoints as configuration } from '../../src/functions/configuration.ts';
import {
  type Batch,
  type Endpoint,
  Executor,
  type Handled,
  type HandledEvent,
  type Invocation,
  type PayloadText,
  type RoleSettings,
  readRoleSettings,
  readRoutines,
  storeLogin,
} from '../../src/functions/index.ts';
import { parseLossless } from '../../src/json.ts';
import { Connection } from '../../src/postgres/index.ts';
import { databaseConfiguration } from './database.ts';

/** Options that differ from the defaults of the executor. */
export interface ExecutorOptions {
  readonly pool?: { readonly size?: number; readonly queue?: number };
  readonly statement_timeout?: number;
  /** Roles by WAMP authrole. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly database?: Partial<DatabaseConfiguration>;
  readonly max_result_size?: number;
}

/** An executor with a database and two roles of its own, which role crossbar may become and for which a function runs. */
export class ExecutorStage implements AsyncDisposable {
  /** The superuser's connection. */
  readonly sql: Client;
  /** Role crossbar's connection. */
  readonly connection: Connection;
  /** The database of the stage. */
  readonly database: TestDatabase;
  readonly #roles: TestRoles;
  readonly #executors: Executor[] = [];
  readonly #crossbar: DatabaseConfiguration;
  readonly #claimSecret: string;
  #settings: ReadonlyMap<string, RoleSettings> = new Map();
  #executor: Executor | undefined;
  #batches = 0;
  /** The number of times that an executor has read a function again. */
  reads = 0;

  private constructor(
    database: TestDatabase,
    sql: Client,
    connection: Connection,
    roles: TestRoles,
    crossbar: DatabaseConfiguration,
    claimSecret: string,
  ) {
    this.database = database;
    this.sql = sql;
    this.connection = connection;
    this.#roles = roles;
    this.#crossbar = crossbar;
    this.#claimSecret = claimSecret;
  }

  /** @param definitions SQL that makes functions; it may speak of the roles as `:app` and `:other`. */
  static async open(definitions: string, options?: ExecutorOptions): Promise<ExecutorStage> {
    const database = await createSetUpDatabase();
    const sql = await database.connect();
    const roles = await createRoles(sql, 2);
    const { host, port } = database.config;
    const crossbar = databaseConfiguration({
      host,
      port,
      database: database.name,
      user: 'crossbar',
      password: 'crossbar',
      // A busy machine is not taken for one that is gone.
      heartbeat: { interval: 1000, timeout: 10_000 },
    });
    const connection = await Connection.open(crossbar, 'executor stage');
    const secret = await storeLogin(connection, 'crossbar');
    const stage = new ExecutorStage(database, sql, connection, roles, crossbar, secret);
    await sql.query(`GRANT ${roles.names.join()} TO crossbar; GRANT CREATE ON SCHEMA public TO ${roles.names.join()}`);
    await stage.define(definitions);
    if (options) stage.executor(options);
    return stage;
  }

  /** The role that functions run as unless something else is said. */
  get app(): string {
    return this.#roles.names[0] ?? '';
  }

  /** Another one. */
  get other(): string {
    return this.#roles.names[1] ?? '';
  }

  /** Runs SQL as superuser, and looks at the roles again. */
  async define(definitions: string): Promise<void> {
    await this.sql.query(definitions.replaceAll(':app', this.app).replaceAll(':other', this.other));
    await this.look();
  }

  /** Looks at the roles again, and at others besides, as a component does every second whose functions run in sessions of `login`. */
  async look(others: readonly string[] = [], login = 'crossbar'): Promise<void> {
    this.#settings = await readRoleSettings(this.connection, [...this.#roles.names, ...others], login);
  }

  /** An executor besides the usual one. */
  executor({ pool, database, max_result_size, ...options }: ExecutorOptions = {}): Executor {
    const checked = configuration.parse({
      pool: { size: 4, ...pool },
      ...options,
      database: { ...this.#crossbar, ...database },
    });
    const limited = { ...checked, max_result_size };
    const executor = new Executor(
      limited,
      'executor stage pool',
      {
        settingsOf: (role) => this.#settings.get(role),
        readRoutine: async ({ signature }) => {
          this.reads += 1;
          return (await this.endpoint(signature)).routine;
        },
      },
      this.#claimSecret,
    );
    this.#executors.push(executor);
    this.#executor ??= executor;
    return executor;
  }

  /** A function as an endpoint. */
  async endpoint(signature: string, overrides: Partial<Endpoint> = {}): Promise<Endpoint> {
    const routine = (await readRoutines(this.connection, [signature])).get(signature) ?? { problem: 'not found' };
    const usual = { id: '1', kind: 'registration', uri: 'com.example.procedure', match: 'exact', options: {} } as const;
    return { ...usual, signature, role: this.app, routine, ...overrides };
  }

  /** Calls an endpoint, at the first executor. */
  call(endpoint: Endpoint, args: readonly unknown[] = [], rest: Partial<Invocation> = {}): Promise<PayloadText> {
    return this.first.call({ endpoint, args, kwargs: {}, details: {}, ...rest });
  }

  /** Calls a function with positional arguments; its only positional result. */
  async value(signature: string, ...args: unknown[]): Promise<unknown> {
    return onlyResult(await this.call(await this.endpoint(signature), args));
  }

  /** Handles events that have one positional argument each; their publications are numbered from 1. */
  handle(endpoint: Endpoint, events: readonly unknown[], batch?: Partial<Batch>): Promise<Handled> {
    this.#batches += 1;
    const usual = { name: this.database.name, number: this.#batches };
    const all = events.map((event, index) => eventOf(event, index + 1));
    return this.first.handle({ endpoint, events: all, ...usual, ...batch });
  }

  /** Waits until this many functions sleep in PostgreSQL. */
  async asleep(count: number): Promise<void> {
    const naps = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    await waitFor(async () => (await this.sql.query(naps)).rowCount === count, { what: `${count} functions to sleep` });
  }

  /** The first executor. */
  get first(): Executor {
    return this.#executor ?? this.executor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#executors.map((executor) => executor.close()));
    await this.connection.close();
    await this.#roles[Symbol.asyncDispose]();
    await this.sql.end();
    await this.database[Symbol.asyncDispose]();
  }
}

/** An event with one positional argument. */
export function eventOf(argument: unknown, publication: number, details: object = {}): HandledEvent {
  return { args: [argument], kwargs: {}, details: { publication, ...details } };
}

/** The only positional result. */
export function onlyResult({ args, kwargs }: PayloadText): unknown {
  const values = parseLossless(args) as unknown[];
  if (values.length !== 1 || kwargs !== '') throw new Error(`expected one positional result, got ${args} ${kwargs}`);
  return values[0];
}
