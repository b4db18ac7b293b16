import { type DatabaseConfiguration, databaseTarget, workerDatabase } from '@pgwamp/config';
import {
  Executor,
  type RoleSettings,
  type Routine,
  readRoleSettings,
  readRoutines,
  type Unusable,
} from '@pgwamp/core/internal/functions';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { parseLossless } from '@pgwamp/core/internal/wamp';
import type { AsyncCall, AsyncOutcome } from './async-table.ts';

/** How handlers are run. */
export interface HandlersOptions {
  readonly database: DatabaseConfiguration;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
  /** How many may run at a time. */
  readonly concurrency: number;
  /** Milliseconds that one may run; 0 for no bound. */
  readonly statement_timeout: number;
}

/** Calls the functions that want to know what became of asynchronous calls, each as the role that asked for the call. */
export class Handlers implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #executor: Executor;
  readonly #login: string;
  #settings: ReadonlyMap<string, RoleSettings> = new Map();

  constructor(connection: Connection, { database, applicationName, concurrency, statement_timeout }: HandlersOptions) {
    this.#connection = connection;
    const pool = { size: concurrency, queue: concurrency };
    const configuration = { database, pool, statement_timeout, roles: {} };
    this.#login = databaseTarget(workerDatabase(database)).user;
    this.#executor = new Executor(configuration, applicationName, {
      claimSecret: '',
      settingsOf: (role) => this.#settings.get(role),
      readRoutine: ({ signature }) => this.#readRoutine(signature),
    });
    connection.lost.addEventListener('abort', () => this.#executor.destroy(), { once: true });
  }

  /**
   * Calls a handler with the id of the call, and its result or its error; the other one is NULL.
   *
   * @param signal cancels the statement.
   * @throws `WampError` if it failed.
   */
  async run(call: AsyncCall, signature: string, outcome: AsyncOutcome, signal: AbortSignal): Promise<void> {
    const { id, procedure, role } = call;
    const routine = await this.#readRoutine(signature);
    this.#settings = new Map([...this.#settings, ...(await readRoleSettings(this.#connection, [role], this.#login))]);
    await this.#executor.call({
      endpoint: { id, kind: 'registration', uri: procedure, match: 'exact', signature, role, options: {}, routine },
      args: [parseLossless(id), ...told(outcome)],
      kwargs: {},
      details: {},
      signal,
    });
  }

  async #readRoutine(signature: string): Promise<Routine | Unusable> {
    const routines = await readRoutines(this.#connection, [signature]);
    return routines.get(signature) ?? { problem: `${signature} does not exist` };
  }

  /** Waits for those that run. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#connection.lost.aborted) await this.#executor.close();
  }
}

function told(outcome: AsyncOutcome): [result: unknown, error: unknown] {
  if (outcome.state === 'succeeded') return [outcome.result === null ? null : parseLossless(outcome.result), null];
  const { error, args, kwargs } = outcome;
  return [null, { error, args: parseLossless(args), kwargs: parseLossless(kwargs) }];
}
