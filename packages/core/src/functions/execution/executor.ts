import { workerDatabase, workerLogin } from '@pgwamp/config';
import { WampError } from '../../errors.ts';
import { LeveledPools, type SessionPoolStats } from '../../postgres/index.ts';
import type { EndpointsConfiguration } from '../configuration.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Routine, Unusable } from '../routines/routine.ts';
import type { PayloadText } from '../statements/result-payload.ts';
import type { Batch, Handled } from './batch.ts';
import { BatchJob, checkTogether } from './batch-job.ts';
import { CallJob, type Invocation } from './call-job.ts';
import { Deadline } from './deadline.ts';
import { asUnavailableError, ChangedFunctionError } from './failure.ts';
import { depthOf } from './identity.ts';
import { type Job, type Limits, runJob } from './job.ts';
import { type ExecutionSource, Roles } from './roles.ts';

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
 * 6. The job makes the result of the rows, as JSON text that is never parsed.
 * A batch of events is handled the same way, as a `BatchJob`: its first statement sets and claims, its second one calls
 * the handler for each event.
 */
export class Executor implements AsyncDisposable {
  readonly #pools: LeveledPools;
  readonly #roles: Roles;
  readonly #source: ExecutionSource;
  readonly #claimSecret: string;
  readonly #limits: Limits;

  /**
   * @param configuration the database, and the limits of functions.
   * @param applicationName the `application_name` of the sessions in `pg_stat_activity`.
   * @param source provides functions and the settings of roles.
   * @param claimSecret allows the sessions to claim events. See `crossbar._claim`. Without it, only calls can be made.
   */
  constructor(
    configuration: EndpointsConfiguration,
    applicationName: string,
    source: ExecutionSource,
    claimSecret = '',
  ) {
    const { database, pool, roles, statement_timeout: bound, max_result_size: resultSize } = configuration;
    this.#limits = { bound, resultSize: resultSize ?? defaultResultSize };
    this.#pools = new LeveledPools(workerDatabase(database), {
      applicationName,
      rowLimit: this.#limits.resultSize,
      ...pool,
    });
    this.#roles = new Roles(roles, source, workerLogin(database));
    this.#source = source;
    this.#claimSecret = claimSecret;
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
    const prepare = (routine: Routine) => new CallJob(invocation, routine, settings, deadline, this.#limits);
    try {
      return await this.#run(endpoint, prepare, depthOf(details));
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
    const { endpoint, events, signal } = batch;
    const [settings, ...others] = events.map(({ details }) => this.#roles.settingsFor(endpoint, details));
    const [event] = events;
    if (!settings || !event) return { handled: 0 };
    const prepare = (routine: Routine) => {
      checkTogether(batch, routine, settings, others);
      if (routine.kind === 'function') return new BatchJob(batch, routine, settings, this.#limits, this.#claimSecret);
      return new CallJob({ endpoint, ...event }, routine, settings, new Deadline(undefined, signal), this.#limits);
    };
    const result = await this.#run<Handled | PayloadText>(endpoint, prepare, 0);
    return 'handled' in result ? result : { handled: 1 };
  }

  /**
   * Runs a job with the function of an endpoint. If the function has changed since it was read, or does not take the
   * arguments as it was, runs the job with the current function. In both cases, the function was not called before.
   */
  async #run<Result>(endpoint: Endpoint, prepare: (routine: Routine) => Job<Result>, depth: number): Promise<Result> {
    const known = usable(endpoint.routine);
    let job: Job<Result> | undefined;
    try {
      job = prepare(known);
      return await this.#runJob(job, depth);
    } catch (error) {
      const mayHaveChanged = job ? error instanceof ChangedFunctionError : areInvalidArguments(error);
      if (!mayHaveChanged) throw error;
    }
    return this.#runJob(prepare(usable(await this.#source.readRoutine(endpoint))), depth);
  }

  #runJob<Result>(job: Job<Result>, depth: number): Promise<Result> {
    return this.#pools.run((session) => runJob(session, job), depth, job.deadline.signal);
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
  if ('problem' in routine) throw new WampError('wamp.error.unavailable', [routine.problem]);
  return routine;
}

function areInvalidArguments(error: unknown): boolean {
  return error instanceof WampError && error.error === 'wamp.error.invalid_argument';
}
