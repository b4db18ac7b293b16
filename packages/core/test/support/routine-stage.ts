import { database as schema } from '@pgwamp/config';
import type { WampError } from '@pgwamp/core';
import { type Connection as Client, connect, type TestDatabase } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import pg from 'pg';
import {
  type CallStatement,
  callStatement,
  isUsable,
  outsStatement,
  type PayloadText,
  type ResultRow,
  type Routine,
  readRoutines,
  refusedValue,
  type Unusable,
  WholeResult,
} from '../../src/functions/index.ts';
import { parseLossless } from '../../src/json.ts';
import { Connection } from '../../src/postgres/index.ts';

/** What a WAMP caller sends. */
export interface Given {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A database with functions, and what it takes to call them as the executor does, but for its settings. */
export class RoutineStage implements AsyncDisposable {
  /** The superuser's connection. */
  readonly sql: Client;
  /** A component's connection. */
  readonly connection: Connection;
  readonly #database: TestDatabase;
  readonly #known = new Map<string, Routine>();

  private constructor(database: TestDatabase, sql: Client, connection: Connection) {
    this.#database = database;
    this.sql = sql;
    this.connection = connection;
  }

  /**
   * @param definitions SQL that makes types and functions.
   * @param pipeline whether calls are sent without waiting for those before.
   */
  static async open(definitions = '', pipeline = false): Promise<RoutineStage> {
    const database = await createSetUpDatabase();
    const sql = await connect({ ...database.config, pipeline });
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

  /** How the superuser connects. */
  get config(): TestDatabase['config'] {
    return this.#database.config;
  }

  /** What is known of a function. */
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

  /** Calls a function, and gives what goes to the wire. */
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

  /** How a call is refused. */
  refusal(signature: string, given: Given): Promise<WampError> {
    return rejection<WampError>(this.call(signature, given));
  }

  /** Runs the statement of a call. */
  async run(routine: Routine, statement: CallStatement): Promise<PayloadText> {
    const whole = new WholeResult(routine);
    const rows = await this.#rows(statement).catch((error: unknown) => {
      throw refusedAtBind(statement, error);
    });
    const outs = outsStatement(routine, rows[0] ?? []);
    whole.add(outs ? await this.#rows(outs) : rows);
    return whole.payload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
    await this.sql.end();
    await this.#database[Symbol.asyncDispose]();
  }

  async #rows({ text, values }: Pick<CallStatement, 'text' | 'values'>): Promise<ResultRow[]> {
    const asText = { getTypeParser: () => (column: string) => column };
    const { rows } = await this.sql.query({ text, values: [...values], rowMode: 'array', types: asText });
    return rows;
  }
}

/** PostgreSQL says by the context of its error that it was reading a parameter; the session knows it by the phase as well. */
function refusedAtBind(statement: CallStatement, error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const number = /portal.* parameter \$(\d+)/.exec(error.where ?? '')?.[1];
  return number === undefined ? error : refusedValue(statement, Number(number), error.message);
}
