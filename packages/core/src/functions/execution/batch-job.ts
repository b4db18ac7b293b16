import { WampError } from '../../errors.ts';
import type { PooledSession } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import type { CallStatement } from '../statements/call-statement.ts';
import type { Batch, Handled } from './batch.ts';
import { claimOf, countClaimed, whereClaimed } from './claim.ts';
import { Deadline } from './deadline.ts';
import { type Handling, handlingStatements } from './handling-statements.ts';
import { identityOf } from './identity.ts';
import { type Attempt, defaultRetries, inTransaction, type Job, perform } from './job.ts';
import type { Settings } from './settings.ts';

/** Events on their way through PostgreSQL, in one transaction that claims them first. */
export class BatchJob implements Job<Attempt> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  readonly bound: number;
  readonly #batch: Batch;
  readonly #handling: Handling;
  readonly #calls: readonly CallStatement[];

  /**
   * @param bound milliseconds that a handler may run; 0 for no bound.
   * @throws `WampError` if the events are not what their handler can be called with.
   */
  constructor(batch: Batch, routine: Routine, settings: Settings, bound: number) {
    const { endpoint, events, signal } = batch;
    this.deadline = new Deadline(undefined, signal);
    this.signal = signal;
    this.settings = settings;
    this.bound = bound;
    this.#batch = batch;
    const identified = events.map((event) => ({ ...event, identity: identityOf(endpoint, event.details) }));
    this.#handling = { routine, settings, claim: claimOf(batch), events: identified };
    this.#calls = handlingStatements(this.#handling);
  }

  prepare = (timeout: number): Attempt => {
    const { settings, claim, events } = this.#handling;
    const [before, last] = events.slice(-2);
    const begin = settings.claiming(claim, timeout, events[0]?.identity ?? []);
    const end =
      before && last ? [settings.unchanged(timeout, [last.identity, before.identity], whereClaimed(claim))] : [];
    return inTransaction(settings, [begin, ...this.#calls, ...end]);
  };

  mayRepeat(tries: number): boolean {
    return tries <= defaultRetries;
  }

  /** Runs it, and counts. */
  async perform(session: PooledSession): Promise<Handled> {
    const [, results] = await perform(session, this);
    const { endpoint, events } = this.#batch;
    if (endpoint.options.queue_group === undefined) return { handled: events.length };
    const claimed = results[this.settings.defaults ? 1 : 0]?.[0]?.[0];
    return { handled: countClaimed(claimed ?? '') };
  }
}

/**
 * Refuses events that cannot be handled in one transaction.
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

function apart(reason: string): WampError {
  return new WampError('wamp.error.unavailable', [`events cannot be handled in one transaction: ${reason}`]);
}
