import { workerDatabase, workerLogin } from '@pgwamp/config';
import { WampError } from '../../errors.ts';
import { LeveledPools, type SessionPoolStats } from '../../postgres/index.ts';
import type { EndpointsConfiguration } from '../configuration.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { isUsable, type Routine, type Unusable } from '../routines/routine.ts';
import type { PayloadText } from '../statements/result-payload.ts';
import type { Batch, Handled } from './batch.ts';
import { BatchJob, checkTogether } from './batch-job.ts';
import { CallJob, type CallLimits, type Invocation } from './call-job.ts';
import { Deadline } from './deadline.ts';
import { asUnavailableError, ChangedFunctionError } from './failure.ts';
import { depthOf } from './identity.ts';
import { type ExecutionSource, Roles } from './roles.ts';
import type { Settings } from './settings.ts';

/** Default size limit of a result in bytes: the message size limit of most routers. */
const defaultResultSize = 16 * 1024 * 1024;

/**
 * Runs functions in PostgreSQL for WAMP, as the right role, with the identity of the caller, within their time limit,
 * and isolated from each other.
 *
 * The steps of a call:
 * 1. `call` finds the function of the registration and the settings of its role, and starts the deadline.
 * 2. `CallJob` makes the statement of the call: each argument is a parameter, each default its expression.
 * 3. `LeveledPools` provides a session from the pool for its depth: the number of calls of `crossbar.call` that wait
 * for it.
 * 4. `runJob` attempts the transaction: the settings (role, time limit, identity), then the call. It repeats the
 * transaction after a serialization failure. Any other error becomes a `WampError`.
 * 5. `PooledSession.run` sends both in one write, reads the rows, and cleans up.
 * 6. The `ResultCollector` of the attempt creates the result from the rows, as JSON text that is never parsed.
 * A batch of events is handled the same way, as a `BatchJob`: its first statement sets and claims, its second one calls
 * the handler for each event.
 */
export class Executor implements AsyncDisposable {
  readonly #pools: LeveledPools;
  readonly #roles: Roles;
  readonly #source: ExecutionSource;
  readonly #limits: CallLimits;

  /**
   * @param configuration the database, and the limits of functions.
   * @param applicationName the `application_name` of the sessions in `pg_stat_activity`.
   * @param source provides functions and the settings of roles.
   */
  constructor(configuration: EndpointsConfiguration, applicationName: string, source: ExecutionSource) {
    const { database, pool, roles, statement_timeout: bound, max_result_size: resultSize } = configuration;
    this.#limits = { bound, resultSize: resultSize ?? defaultResultSize };
    this.#pools = new LeveledPools(workerDatabase(database), {
      applicationName,
      rowLimit: this.#limits.resultSize,
      ...pool,
    });
    this.#roles = new Roles(roles, source, workerLogin(database));
    this.#source = source;
  }

  /** The number of sessions, and of calls that wait for one. */
  get stats(): SessionPoolStats {
    return this.#pools.stats;
  }

  /**
   * Calls the function of a registration in its own transaction.
   *
   * @returns the result of the committed call, without the rows passed to `progress`.
   * @throws `WampError`, which is the answer to the caller; errors of `progress`.
   */
  async call(invocation: Invocation): Promise<PayloadText> {
    const { endpoint, details, timeout, signal } = invocation;
    const settings = this.#roles.settingsFor(endpoint, details);
    using deadline = new Deadline(timeout, signal);
    try {
      return await this.#asItIs(
        endpoint,
        (routine) => new CallJob(invocation, routine, settings, deadline, this.#limits),
        (job) => this.#pools.run((session) => job.run(session), depthOf(details), deadline.signal),
      );
    } catch (error) {
      if (error instanceof WampError) throw error;
      deadline.throwIfOver();
      throw asUnavailableError(error);
    }
  }

  /**
   * Handles events of a subscription in one transaction: all of them or none. For a procedure, and for events that run
   * as different roles, a batch may contain only one event.
   *
   * @throws `WampError` if the events cannot be handled or a handler failed; then nothing was committed.
   *   `DatabaseLostError` if it is unknown whether they were handled; `QueueFullError`.
   */
  async handle(batch: Batch): Promise<Handled> {
    const { endpoint, events } = batch;
    const [settings, ...others] = events.map(({ details }) => this.#roles.settingsFor(endpoint, details));
    if (!settings) return { handled: 0 };
    return this.#asItIs(
      endpoint,
      (routine) => {
        checkTogether(batch, routine, settings, others);
        if (routine.kind === 'procedure') return routine;
        return new BatchJob(batch, routine, settings, this.#limits.bound, this.#source.claimSecret);
      },
      (job) =>
        job instanceof BatchJob
          ? this.#pools.run((session) => job.run(session), 0, batch.signal)
          : this.#handleByProcedure(batch, job, settings),
    );
  }

  /**
   * Runs a job with the function of an endpoint. If the function has changed since it was read, or does not take the arguments
   * as it was, repeats the job with the current function. In both cases, the function was not called before.
   */
  async #asItIs<Job, T>(
    endpoint: Endpoint,
    prepare: (routine: Routine) => Job,
    run: (job: Job) => Promise<T>,
  ): Promise<T> {
    const known = usable(endpoint.routine);
    let isPrepared = false;
    try {
      const job = prepare(known);
      isPrepared = true;
      return await run(job);
    } catch (error) {
      const mayHaveChanged = isPrepared ? error instanceof ChangedFunctionError : areInvalidArguments(error);
      if (!mayHaveChanged) throw error;
      return run(prepare(usable(await this.#source.readRoutine(endpoint))));
    }
  }

  async #handleByProcedure(
    { endpoint, events, signal }: Batch,
    routine: Routine,
    settings: Settings,
  ): Promise<Handled> {
    for (const event of events) {
      const deadline = new Deadline(undefined, signal);
      const job = new CallJob({ endpoint, ...event, signal }, routine, settings, deadline, this.#limits);
      await this.#pools.run((session) => job.run(session), 0, signal);
    }
    return { handled: events.length };
  }

  /** Accepts no more calls, and closes the sessions after all calls are answered. */
  close(): Promise<void> {
    return this.#pools.close();
  }

  /** Closes all sessions without waiting. Running calls end with `wamp.error.unavailable`. */
  destroy(): void {
    this.#pools.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function usable(routine: Routine | Unusable): Routine {
  if (isUsable(routine)) return routine;
  throw new WampError('wamp.error.unavailable', [routine.problem]);
}

function areInvalidArguments(error: unknown): boolean {
  return error instanceof WampError && error.error === 'wamp.error.invalid_argument';
}
