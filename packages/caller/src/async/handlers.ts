import { type DatabaseConfiguration, workerLogin } from '@pgwamp/config';
import {
  Executor,
  type RoleSettings,
  type Routine,
  readRoleSettings,
  readRoutines,
  takenOver,
  type Unusable,
} from '@pgwamp/core/internal/functions';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { parseLossless } from '@pgwamp/core/internal/wamp';
import type { AsyncCall, AsyncOutcome } from './async-table.ts';

/** Options for running handlers. */
export interface HandlersOptions {
  readonly database: DatabaseConfiguration;
  /** The `application_name` in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Maximum number of concurrent handlers. */
  readonly concurrency: number;
  /** Time limit of a handler in milliseconds; 0 for no limit. */
  readonly statement_timeout: number;
}

/** Calls the handlers of asynchronous calls, each as the role that requested the call. */
export class Handlers implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #executor: Executor;
  readonly #login: string;
  #settings: ReadonlyMap<string, RoleSettings> = new Map();

  constructor(connection: Connection, { database, applicationName, concurrency, statement_timeout }: HandlersOptions) {
    this.#connection = connection;
    const pool = { size: concurrency, queue: concurrency };
    const configuration = { database, pool, statement_timeout, roles: {} };
    this.#login = workerLogin(database);
    this.#executor = new Executor(configuration, applicationName, {
      settingsOf: (role) => this.#settings.get(role),
      readRoutine: ({ signature, functionOwner }) => this.#readRoutine(signature, functionOwner),
    });
    connection.lost.addEventListener('abort', () => this.#executor.destroy(), { once: true });
  }

  /**
   * Calls a handler with the id of the call, its result and its error. One of the last two is NULL.
   *
   * @param signal cancels the statement.
   * @throws `WampError` if the handler failed.
   */
  async run(call: AsyncCall, signature: string, outcome: AsyncOutcome, signal: AbortSignal): Promise<void> {
    const { id, procedure, role, handlerOwner: functionOwner } = call;
    const routine = await this.#readRoutine(signature, functionOwner);
    this.#settings = new Map([...this.#settings, ...(await readRoleSettings(this.#connection, [role], this.#login))]);
    await this.#executor.call({
      endpoint: {
        id,
        kind: 'registration',
        uri: procedure,
        match: 'exact',
        signature,
        functionOwner,
        role,
        options: {},
        routine,
      },
      args: [parseLossless(id), ...handlerArguments(outcome)],
      kwargs: {},
      details: {},
      signal,
    });
  }

  async #readRoutine(signature: string, owner: string | null | undefined): Promise<Routine | Unusable> {
    const routines = await readRoutines(this.#connection, [signature]);
    const routine = routines.get(signature) ?? { problem: `${signature} does not exist` };
    const problem = takenOver(routine, owner, 'the call was asked for');
    return problem === undefined ? routine : { problem };
  }

  /** Waits for running handlers. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#connection.lost.aborted) await this.#executor.close();
  }
}

function handlerArguments(outcome: AsyncOutcome): [result: unknown, error: unknown] {
  if (outcome.state === 'succeeded') return [outcome.result === null ? null : parseLossless(outcome.result), null];
  const { error, args, kwargs } = outcome;
  return [null, { error, args: parseLossless(args), kwargs: parseLossless(kwargs) }];
}
