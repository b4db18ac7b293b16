import { type Connection as Client, connect, type Draw } from '@pgwamp/harness';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Endpoint, type Executor, isUsable, type PayloadText } from '../../src/functions/index.ts';
import { ExecutorStage } from './executor-stage.ts';
import { fuzzedSettings, shadowDefinitions, typeChanges } from './fuzz-changes.ts';
import { expectSame, outcomeOf } from './fuzz-outcome.ts';
import { type FuzzedCall, fuzzedFunctions, type Shape } from './fuzzed-functions.ts';
import { typeDefinitions } from './sql-values.ts';

/** Calls that are sent together, since waiting for each would take most of the time. */
const size = 20;
/** Batches between two changes of functions or types. */
const batches = 5;

/** A call, how it is made, and as which of both roles it runs. */
interface FuzzedInvocation {
  readonly call: FuzzedCall;
  readonly other: boolean;
  readonly progressive: boolean;
  readonly retries: number;
  readonly timeout: number | undefined;
}

const invocations = fc.record<FuzzedInvocation>({
  call: fc.oneof(...fuzzedFunctions.map(({ calls }) => calls)),
  other: fc.boolean(),
  progressive: fc.boolean(),
  retries: fc.integer({ min: 0, max: 2 }),
  timeout: fc.constantFrom(undefined, 0, 600_000),
});

/**
 * Compares what an executor answers to random calls with what SQL gives that is written by hand, in a session of the role itself. Between
 * them the settings of database and roles change, and functions and types, of which the executor only knows what they were before.
 *
 * @param rounds each of them begins with other settings, and has `batches` batches of calls.
 */
export async function fuzz(draw: Draw, rounds: number): Promise<void> {
  await using world = await FuzzWorld.open(draw);
  for (let round = 0; round < rounds; round += 1) await world.round();
  expect(world.results, 'calls that had a result').to.be.above((rounds * callsOfRound) / 3);
  expect(world.reads, 'functions that had changed when they were called').to.be.above(0);
}

/** Calls that a round has. */
export const callsOfRound = batches * size;

class FuzzWorld implements AsyncDisposable {
  readonly #stage: ExecutorStage;
  readonly #draw: Draw;
  /** The current definition of each changed function; undefined for a dropped one. */
  readonly #shapes = new Map<string, Shape | undefined>();
  readonly #signatures: ReadonlyMap<string, string>;
  readonly #endpoints = new Map<string, Endpoint>();
  /** Calls that had a result, and not an error. */
  results = 0;
  /** The changes made, so that a failure can be reproduced. */
  #history: string[] = [];
  #typeChanged: readonly [string, string] | undefined;

  private constructor(stage: ExecutorStage, draw: Draw, signatures: ReadonlyMap<string, string>) {
    this.#stage = stage;
    this.#draw = draw;
    this.#signatures = signatures;
  }

  static async open(draw: Draw): Promise<FuzzWorld> {
    const definitions = fuzzedFunctions.map(({ definition }) => definition).join('\n');
    const stage = await ExecutorStage.open(`${typeDefinitions} ${definitions} ${shadowDefinitions}
      ALTER ROLE :app LOGIN PASSWORD 'fuzz'; ALTER ROLE :other LOGIN PASSWORD 'fuzz'`);
    const { rows } = await stage.sql.query<{ name: string; signature: string }>(
      `SELECT proname AS name, (SELECT set_config('search_path', '', true)) || oid::regprocedure::text AS signature
       FROM pg_proc WHERE proname ~ '^fuzz_\\d+$'`,
    );
    return new FuzzWorld(stage, draw, new Map(rows.map(({ name, signature }) => [name, signature])));
  }

  /** Number of calls for which the executor found that the function had changed. */
  get reads(): number {
    return this.#stage.reads;
  }

  async round(): Promise<void> {
    await this.#changeSettings();
    await using executor = this.#stage.executor();
    await using own = await this.#login(this.#stage.app);
    await using others = await this.#login(this.#stage.other);
    for (let count = 0; count < batches; count += 1) {
      if (this.#draw(0, 1) === 0) await this.#changeFunctions();
      if (this.#draw(0, 4) === 0) await this.#changeTypes();
      const batch = fc.sample(invocations, { numRuns: size, seed: this.#draw(0, 2 ** 31 - 1) });
      await Promise.all(batch.map((each) => this.#compare(each, executor, each.other ? others : own)));
    }
  }

  /** Some of the database, some of each role; they hold for sessions that begin now. */
  async #changeSettings(): Promise<void> {
    const { app, other, database } = this.#stage;
    const owners = [
      `DATABASE ${database.name}`,
      `ROLE ${app}`,
      `ROLE ${other}`,
      `ROLE ${app} IN DATABASE ${database.name}`,
    ];
    const statements = owners.flatMap((owner) => [
      `ALTER ${owner} RESET ALL`,
      ...Object.entries(fuzzedSettings)
        .filter(() => this.#draw(0, 3) === 0)
        .map(([name, values]) => {
          const value = values[this.#draw(0, values.length - 1)] ?? '';
          return `ALTER ${owner} SET ${name} = ${name === 'search_path' ? value : `'${value}'`}`;
        }),
    ]);
    await this.#change(statements);
    this.#history = statements;
  }

  /** Functions become others, vanish and come back. */
  async #changeFunctions(): Promise<void> {
    const changeable = fuzzedFunctions.filter(({ variants }) => variants.length > 0);
    const statements = Array.from({ length: 5 }, () => {
      const { name, variants } = changeable[this.#draw(0, changeable.length - 1)] as (typeof changeable)[number];
      const { shape, definition } = variants[this.#draw(0, variants.length - 1)] as (typeof variants)[number];
      const isGone = this.#draw(0, 5) === 0;
      const wasGone = this.#shapes.has(name) && this.#shapes.get(name) === undefined;
      this.#shapes.set(name, isGone ? undefined : shape);
      return [wasGone ? '' : `DROP ROUTINE ${this.#signatures.get(name)}`, isGone ? '' : definition]
        .filter(Boolean)
        .join('; ');
    }).filter(Boolean);
    await this.#change(await this.#withTypes(statements));
  }

  /** A type changes, or the last change is taken back. Functions are defined with the types as they were. */
  async #changeTypes(): Promise<void> {
    if (this.#typeChanged) {
      await this.#change([this.#typeChanged[1]]);
      this.#typeChanged = undefined;
    } else {
      this.#typeChanged = typeChanges[this.#draw(0, typeChanges.length - 1)];
      await this.#change([this.#typeChanged?.[0] ?? '']);
    }
  }

  async #withTypes(statements: readonly string[]): Promise<string[]> {
    const back = this.#typeChanged ? [this.#typeChanged[1]] : [];
    this.#typeChanged = undefined;
    return [...back, ...statements];
  }

  async #change(statements: readonly string[]): Promise<void> {
    this.#history.push(...statements);
    await this.#stage.define(`SET search_path = public; ${statements.join(';\n')}`);
    // Some functions are known as they were until the next change; one that was not there is looked for again, as once a second.
    for (const [name, { routine }] of [...this.#endpoints])
      if (!isUsable(routine) || this.#draw(0, 1) === 0) this.#endpoints.delete(name);
  }

  async #login(user: string): Promise<Client> {
    const client = await connect({ ...this.#stage.database.config, user, password: 'fuzz', pipeline: true });
    // The Callee withholds these settings from all roles, because its own messages depend on them.
    await client.query(
      'SET bytea_output = hex; SET array_nulls = on; SET standard_conforming_strings = on; SET client_encoding = UTF8',
    );
    return client;
  }

  async #compare(invocation: FuzzedInvocation, executor: Executor, client: Client): Promise<void> {
    const { call } = invocation;
    const [ours, theirs] = await Promise.all([
      outcomeOf(this.#byWamp(executor, invocation)),
      outcomeOf(this.#bySql(client, call)),
    ]);
    if ('result' in theirs) this.results += 1;
    try {
      expectSame(
        ours,
        theirs,
        call,
        this.#shapeOf(call) === undefined,
        !this.#typeChanged && !this.#shapes.has(call.name),
      );
    } catch (cause) {
      const made = JSON.stringify(invocation, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
      throw new Error(`${(cause as Error).message}\n${made}\nafter ${this.#history.join(';\n')}`, { cause });
    }
  }

  async #byWamp(executor: Executor, invocation: FuzzedInvocation): Promise<string> {
    const { call, other, progressive, retries, timeout } = invocation;
    const { args = [], kwargs = {} } = call.given;
    const endpoint = await this.#endpoint(call.name);
    const rows: PayloadText[] = [];
    const { app } = this.#stage;
    const result = await executor.call({
      endpoint: { ...endpoint, role: other ? this.#stage.other : app, options: { retries } },
      args,
      kwargs,
      details: {},
      timeout,
      ...(progressive && { progress: async (row: PayloadText) => void rows.push(row) }),
    });
    const isProgressive = progressive && isSet(this.#shapeOf(call));
    return isProgressive ? `[[${rows.map((row) => row.args.slice(1, -1)).join(',')}]]` : result.args;
  }

  async #endpoint(name: string): Promise<Endpoint> {
    const known = this.#endpoints.get(name);
    if (known) return known;
    const endpoint = await this.#stage.endpoint(this.#signatures.get(name) ?? name);
    this.#endpoints.set(name, endpoint);
    return endpoint;
  }

  /** One statement without parameters, as psql sends it. */
  async #bySql(client: Client, call: FuzzedCall): Promise<string> {
    const statement = `SELECT pg_catalog.to_json(${call.sql})::pg_catalog.text AS result`;
    const { rows } = await client.query<{ result: string | null }>(statement);
    const texts = rows.map(({ result }) => result ?? 'null');
    return isSet(this.#shapeOf(call)) ? `[[${texts.join(',')}]]` : `[${texts.join(',')}]`;
  }

  #shapeOf({ name, shape }: FuzzedCall): Shape | undefined {
    return this.#shapes.has(name) ? this.#shapes.get(name) : shape;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage.sql.query(`ALTER DATABASE ${this.#stage.database.name} RESET ALL`);
    await this.#stage[Symbol.asyncDispose]();
  }
}

function isSet(shape: Shape | undefined): boolean {
  return shape === 'rows' || shape === 'table';
}
