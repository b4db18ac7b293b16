import { WampError } from '../../errors.ts';
import { LeveledPools, type SessionPoolStats } from '../../postgres/index.ts';
import type { EndpointsConfiguration } from '../configuration.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { RoleSettings } from '../endpoints/role-settings.ts';
import { isUsable, type Routine } from '../routines/routine.ts';
import type { PayloadText } from '../statements/result-payload.ts';
import type { Batch, Handled } from './batch.ts';
import { BatchJob, checkTogether } from './batch-job.ts';
import { CallJob } from './call-job.ts';
import { Deadline } from './deadline.ts';
import { asUnavailableError } from './failure.ts';
import { depthOf } from './forward-for.ts';
import type { Invocation } from './invocation.ts';
import { Roles } from './roles.ts';
import type { Settings } from './settings.ts';

/** Runs functions in PostgreSQL for WAMP: as the right role, told who calls, within their time, and none in the way of another. */
export class Executor implements AsyncDisposable {
  readonly #pools: LeveledPools;
  readonly #roles: Roles;
  readonly #bound: number;

  /**
   * @param configuration where PostgreSQL is, and what functions may use of it.
   * @param applicationName what `pg_stat_activity` shows of the sessions.
   * @param settingsOf the settings of a role; undefined if role crossbar cannot become it.
   */
  constructor(
    configuration: EndpointsConfiguration,
    applicationName: string,
    settingsOf: (role: string) => RoleSettings | undefined,
  ) {
    const { database, pool, roles, statement_timeout } = configuration;
    this.#pools = new LeveledPools(database, { applicationName, ...pool });
    this.#roles = new Roles(roles, settingsOf);
    this.#bound = statement_timeout;
  }

  /** Sessions, and who waits for one. */
  get stats(): SessionPoolStats {
    return this.#pools.stats;
  }

  /**
   * Calls the function of a registration, in a transaction of its own.
   *
   * @returns its result, when it is committed, without the rows that `progress` got.
   * @throws `WampError`, which is the answer to the caller; what `progress` throws.
   */
  async call(invocation: Invocation): Promise<PayloadText> {
    const { endpoint, details, timeout, signal } = invocation;
    const routine = routineOf(endpoint);
    const settings = this.#roles.settingsFor(endpoint, details);
    using deadline = new Deadline(timeout, signal);
    const task = new CallJob(invocation, routine, settings, deadline, this.#bound);
    try {
      return await this.#pools.run((session) => task.perform(session), depthOf(details), deadline.signal);
    } catch (error) {
      if (error instanceof WampError) throw error;
      deadline.throwIfOver();
      throw asUnavailableError(error);
    }
  }

  /**
   * Handles events of a subscription in one transaction: all of them or none. A procedure, and events that run as different roles, have
   * to come one by one.
   *
   * @throws `WampError` if the events cannot be handled, or a handler failed: then nothing has happened. `DatabaseLostError` if they may
   *   have been handled or not; `QueueFullError`.
   */
  async handle(batch: Batch): Promise<Handled> {
    const { endpoint, events } = batch;
    const routine = routineOf(endpoint);
    const [settings, ...others] = events.map(({ details }) => this.#roles.settingsFor(endpoint, details));
    if (!settings) return { handled: 0 };
    checkTogether(batch, routine, settings, others);
    if (routine.kind === 'procedure') return this.#handleByProcedure(batch, routine, settings);
    const task = new BatchJob(batch, routine, settings, this.#bound);
    return this.#pools.run((session) => task.perform(session), 0, batch.signal);
  }

  async #handleByProcedure(
    { endpoint, events, signal }: Batch,
    routine: Routine,
    settings: Settings,
  ): Promise<Handled> {
    for (const event of events) {
      const task = new CallJob(
        { endpoint, ...event, ...(signal && { signal }) },
        routine,
        settings,
        new Deadline(undefined, signal),
        this.#bound,
      );
      await this.#pools.run((session) => task.perform(session), 0, signal);
    }
    return { handled: events.length };
  }

  /** Takes no more calls, and lets go of PostgreSQL when all are answered. */
  close(): Promise<void> {
    return this.#pools.close();
  }

  /** Lets go of PostgreSQL at once: calls end with `wamp.error.unavailable`. */
  destroy(): void {
    this.#pools.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The function of an endpoint. */
function routineOf({ routine }: Endpoint): Routine {
  if (isUsable(routine)) return routine;
  throw new WampError('wamp.error.unavailable', [routine.problem]);
}
