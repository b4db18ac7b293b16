import { WampError } from '../../errors.ts';
import type { PooledSession } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import type { CallExpression } from '../statements/call-statement.ts';
import type { Batch, Handled } from './batch.ts';
import { batchStatement, handlerCalls, type IdentifiedEvent } from './batch-statement.ts';
import { type Claim, claimOf, countClaimed } from './claim.ts';
import { Deadline } from './deadline.ts';
import { identityOf } from './identity.ts';
import { type Attempt, defaultRetries, inTransaction, type Job, runJob } from './job.ts';
import type { Settings } from './settings.ts';

/**
 * Limit on the total size of the arguments of a batch, in characters. PostgreSQL accepts no message of more than 1 GB.
 */
const largestBatch = 64 * 1024 * 1024;

/**
 * Transactions may be read only by default for a database or a role. SET TRANSACTION would warn that there is no BEGIN.
 */
const claimable = { text: 'SET transaction_read_only = off', values: [] };

/** The SQLSTATE of a write in a read only transaction. */
const readOnlyTransaction = '25006';

/** The settings whose transactions are known to start read only. Only these need the additional statement. */
const readOnly = new WeakSet<Settings>();

/** The job for a batch of events: one transaction that first claims them and then calls their handler. */
export class BatchJob implements Job<Attempt> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  readonly bound: number;
  readonly #batch: Batch;
  readonly #routine: Routine;
  readonly #claim: Claim;
  readonly #events: readonly IdentifiedEvent[];
  readonly #calls: readonly CallExpression[];

  /**
   * @param bound time limit of a handler in milliseconds; 0 for no limit.
   * @param claimSecret allows a session to claim events.
   * @throws `WampError` if the handler cannot be called with the events.
   */
  constructor(batch: Batch, routine: Routine, settings: Settings, bound: number, claimSecret: string) {
    const { endpoint, events, signal } = batch;
    this.deadline = new Deadline(undefined, signal);
    this.signal = signal;
    this.settings = settings;
    this.bound = bound;
    this.#batch = batch;
    this.#routine = routine;
    this.#claim = claimOf(batch, claimSecret);
    this.#events = events.map((event) => ({ ...event, identity: identityOf(endpoint, event.details) }));
    this.#calls = handlerCalls(routine, this.#events);
    if (events.length > 1 && sizeOf(this.#calls) > largestBatch) throw apart('they are too large');
  }

  attempt(timeout: number): Attempt {
    const { settings } = this;
    const claiming = settings.claiming(this.#claim, timeout, this.#events[0]?.identity ?? []);
    const handling = batchStatement({
      routine: this.#routine,
      settings,
      claim: this.#claim,
      events: this.#events,
      calls: this.#calls,
      timeout,
    });
    return inTransaction(settings, [...(readOnly.has(settings) ? [claimable] : []), claiming, handling]);
  }

  mayRepeat(attempts: number): boolean {
    return attempts <= defaultRetries;
  }

  /** Runs the job and returns the number of handled events. */
  async run(session: PooledSession): Promise<Handled> {
    const [, results] = await runJob(session, this).catch((error: unknown) => this.#writable(session, error));
    const { endpoint, events } = this.#batch;
    if (endpoint.options.queue_group === undefined) return { handled: events.length };
    const claimed = results.at(-2)?.[0]?.[0];
    return { handled: countClaimed(claimed ?? '') };
  }

  /** Runs the job, and once more if the claim failed because the transaction started read only. */
  #writable(session: PooledSession, error: unknown) {
    const isReadOnly = error instanceof WampError && error.kwargs.sqlstate === readOnlyTransaction;
    if (!isReadOnly || readOnly.has(this.settings)) throw error;
    readOnly.add(this.settings);
    return runJob(session, this);
  }
}

/**
 * Throws if the events cannot be handled in one transaction.
 *
 * @throws `WampError`.
 */
export function checkTogether(
  { events, endpoint }: Batch,
  routine: Routine,
  settings: Settings,
  others: readonly Settings[],
): void {
  if (others.some((other) => other !== settings)) throw apart('they run as different roles');
  if (routine.kind === 'function') return;
  if (events.length > 1) throw apart('a procedure has transactions of its own');
  if (endpoint.options.queue_group !== undefined)
    throw apart('queue_group is for functions, a procedure has transactions of its own');
}

function sizeOf(calls: readonly CallExpression[]): number {
  let size = 0;
  for (const { values } of calls) for (const value of values) size += value?.length ?? 0;
  return size;
}

function apart(reason: string): WampError {
  return new WampError('wamp.error.unavailable', [`events cannot be handled in one transaction: ${reason}`]);
}
