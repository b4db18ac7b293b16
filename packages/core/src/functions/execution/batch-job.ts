import { WampError } from '../../errors.ts';
import type { Results } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { type BoundCall, bindCall } from '../statements/call-statement.ts';
import type { Batch, Handled } from './batch.ts';
import { batchStatement } from './batch-statement.ts';
import { type Claim, claimOf, countClaimed } from './claim.ts';
import { Deadline } from './deadline.ts';
import { type Identity, identityOf } from './identity.ts';
import { type Attempt, defaultRetries, inTransaction, type Job, type Limits } from './job.ts';
import type { Settings } from './settings.ts';
import { isRepeatable } from './sqlstate.ts';

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
export class BatchJob implements Job<Handled> {
  readonly kind = 'function';
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly limits: Limits;
  readonly #batch: Batch;
  readonly #routine: Routine;
  readonly #claim: Claim;
  readonly #identities: readonly Identity[];
  readonly #calls: readonly BoundCall[];

  /**
   * @param claimSecret allows a session to claim events.
   * @throws `WampError` if the handler cannot be called with the events.
   */
  constructor(batch: Batch, routine: Routine, settings: Settings, limits: Limits, claimSecret: string) {
    const { endpoint, events, signal } = batch;
    this.deadline = new Deadline(undefined, signal);
    this.settings = settings;
    this.limits = limits;
    this.#batch = batch;
    this.#routine = routine;
    this.#claim = claimOf(batch, claimSecret);
    this.#identities = events.map(({ details }) => identityOf(endpoint, details));
    this.#calls = events.map(({ args, kwargs, details }) => bindCall(routine, args, kwargs, details));
    if (events.length > 1 && sizeOf(this.#calls) > largestBatch) throw apart('they are too large');
  }

  attempt(timeout: number): Attempt {
    const { settings } = this;
    const claiming = settings.claiming(this.#claim, timeout, this.#identities[0] ?? []);
    const handling = batchStatement({
      routine: this.#routine,
      settings,
      isClaimedEach: this.#claim.each,
      calls: this.#calls,
      identities: this.#identities,
      timeout,
    });
    return inTransaction(settings, [...(readOnly.has(settings) ? [claimable] : []), claiming, handling]);
  }

  /** Also repeated: a batch that could not be claimed because its transaction started read only. */
  mayRepeat(attempts: number, sqlstate: string | undefined): boolean {
    if (sqlstate !== readOnlyTransaction) return isRepeatable(sqlstate) && attempts <= defaultRetries;
    if (readOnly.has(this.settings)) return false;
    readOnly.add(this.settings);
    return true;
  }

  /** Returns the number of handled events. */
  result(results: Results): Handled {
    const { endpoint, events } = this.#batch;
    if (endpoint.options.queue_group === undefined) return { handled: events.length };
    return { handled: countClaimed(results.at(-2)?.[0]?.[0] ?? '') };
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

function sizeOf(calls: readonly BoundCall[]): number {
  let size = 0;
  for (const { values } of calls) for (const value of values) size += value?.length ?? 0;
  return size;
}

function apart(reason: string): WampError {
  return new WampError('wamp.error.unavailable', [`events cannot be handled in one transaction: ${reason}`]);
}
