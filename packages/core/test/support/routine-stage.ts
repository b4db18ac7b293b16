import { database as schema } from '@pgwamp/config';
import type { WampError } from '@pgwamp/core';
import { type Connection as Client, connect, type TestDatabase } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import {
  type CallStatement,
  callStatement,
  isUsable,
  outsOf,
  type PayloadText,
  type Routine,
  readRoutines,
  refusedValue,
  type Unusable,
  WholeResult,
} from '../../src/functions/index.ts';
import { parseLossless } from '../../src/json.ts';
import { Connection, SessionPool, StatementError } from '../../src/postgres/index.ts';

/** The arguments of a WAMP caller. */
export interface Given {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A database with functions, and methods to call them as the executor does, without its settings. */
export class RoutineStage implements AsyncDisposable {
  /** The superuser's connection. */
  readonly sql: Client;
  /** A component's connection. */
  readonly connection: Connection;
  readonly #database: TestDatabase;
  readonly #pool: SessionPool;
  /** A statement that runs before each call, in its transaction. */
  settings: readonly string[] = [];
  readonly #known = new Map<string, Routine>();

  private constructor(database: TestDatabase, sql: Client, connection: Connection) {
    this.#database = database;
    this.#pool = new SessionPool(schema.parse(database.config), {
      applicationName: 'routine stage pool',
      size: 4,
      queue: 100,
    });
    this.sql = sql;
    this.connection = connection;
  }

  /**
   * @param definitions SQL that makes types and functions.
   */
  static async open(definitions = ''): Promise<RoutineStage> {
    const database = await createSetUpDatabase();
    const sql = await connect(database.config);
    const connection = await Connection.open(schema.parse(database.config), 'routine stage');
    const stage = new RoutineStage(database, sql, connection);
    try {
      await sql.query(definitions);
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
    return stage;
  }

  /** The superuser's connection options. */
  get config(): TestDatabase['config'] {
    return this.#database.config;
  }

  /** Reads a function. */
  async look(signature: string): Promise<Routine | Unusable> {
    const found = (await readRoutines(this.connection, [signature])).get(signature);
    if (!found) throw new Error(`${signature} was not looked for`);
    return found;
  }

  /** A function that can be called; looked up once. */
  async routine(signature: string): Promise<Routine> {
    const found = this.#known.get(signature) ?? (await this.look(signature));
    if (!isUsable(found)) throw new Error(found.problem);
    this.#known.set(signature, found);
    return found;
  }

  /** Calls a function and returns its payload. */
  async call(signature: string, { args = [], kwargs = {}, details = {} }: Given = {}): Promise<PayloadText> {
    const routine = await this.routine(signature);
    return this.run(routine, callStatement(routine, args, kwargs, details));
  }

  /** The only positional result as JSON text, of positional arguments. */
  async text(signature: string, ...args: unknown[]): Promise<string> {
    const { args: result, kwargs } = await this.call(signature, { args });
    if (kwargs !== '') throw new Error(`${signature} returned kwargs ${kwargs}`);
    return result.slice(1, -1);
  }

  /** The only positional result, of positional arguments. */
  async value(signature: string, ...args: unknown[]): Promise<unknown> {
    return parseLossless(await this.text(signature, ...args));
  }

  /** The error of a refused call. */
  refusal(signature: string, given: Given): Promise<WampError> {
    return rejection<WampError>(this.call(signature, given));
  }

  /** Runs the statement of a call. */
  async run(routine: Routine, statement: CallStatement): Promise<PayloadText> {
    const whole = new WholeResult(routine);
    const settings = this.settings.map((text) => ({ text, values: [] }));
    const transaction = {
      statements: [...settings, statement],
      scope: 'transaction',
      followUp: outsOf(routine),
    } as const;
    const results = await this.#pool
      .run((session) => session.run(transaction))
      .catch((error: unknown) => {
        throw refusedAtBind(statement, error);
      });
    whole.add(results.at(-1) ?? []);
    return whole.payload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await this.connection.close();
    await this.sql.end();
    await this.#database[Symbol.asyncDispose]();
  }
}

function refusedAtBind(statement: CallStatement, error: unknown): unknown {
  if (!(error instanceof StatementError)) return error;
  return error.phase === 'bind' ? refusedValue(statement, error.parameter, error.message) : error;
}
