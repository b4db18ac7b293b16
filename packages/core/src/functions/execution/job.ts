import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FollowUp,
  type PooledSession,
  type Results,
  type RowConsumer,
  StatementError,
} from '../../postgres/index.ts';
import { Deadline } from './deadline.ts';
import { type Step, toWampError } from './failure.ts';
import type { Settings } from './settings.ts';
import { isRepeatable } from './sqlstate.ts';

/** One transaction, as it is sent to PostgreSQL at one attempt. */
export interface Attempt {
  readonly steps: readonly Step[];
  readonly scope: 'transaction' | 'session';
  /** Takes the rows of the last step as they come. */
  readonly rows?: RowConsumer | undefined;
  /** What follows the last step, in the same transaction. */
  readonly followUp?: FollowUp | undefined;
}

/** A transaction that is attempted again if PostgreSQL could not serialize it with others. */
export interface Job<T extends Attempt> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  /** Aborted when the statement is to be cancelled. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds that any statement may run; 0 for no bound. */
  readonly bound: number;
  /** The transaction; `timeout` is its `statement_timeout` in milliseconds. */
  attempt(timeout: number): T;
  /** Whether it may be attempted once more, after so many attempts. */
  mayRepeat(attempts: number, last: T): boolean;
}

/** How often to try again after a serialization failure or a deadlock, where no option says. */
export const defaultRetries = 3;

/** Milliseconds that the pause before a second attempt takes at most, and that any one does. */
const pauses = { first: 4, max: 100 };

/**
 * Runs a job in a session.
 *
 * @returns the attempt that succeeded, and its results.
 * @throws `WampError` if it failed, `RowTooLongError`, `DatabaseLostError` if the session was lost, and what the consumer of rows throws.
 */
export async function runJob<T extends Attempt>(session: PooledSession, job: Job<T>): Promise<[T, Results]> {
  const { settings, deadline, bound, signal } = job;
  for (let attempts = 1; ; attempts += 1) {
    const timeout = deadline.left(bound, settings.statementTimeout);
    const begin = performance.now();
    const attempt = job.attempt(timeout);
    try {
      // Between rows PostgreSQL waits for the caller: its timer goes on, but ends nothing before it is asked for more.
      using limit = attempt.rows && new Deadline(timeout, signal);
      return [attempt, await runAttempt(session, attempt, limit ? limit.signal : signal)];
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const elapsed = performance.now() - begin;
      // If the session itself has ended, this throws.
      await session.ready();
      if (!isRepeatable(error.cause.code) || !job.mayRepeat(attempts, attempt)) {
        const canceled = signal?.aborted === true;
        throw toWampError(error, { steps: attempt.steps, role: settings.role, timeout, elapsed, canceled });
      }
    }
    // Those who met once would meet again.
    await sleep(Math.random() * Math.min(pauses.first * 2 ** (attempts - 1), pauses.max));
  }
}

/** Steps of one transaction, begun as the role would begin one. */
export function inTransaction({ defaults }: Settings, steps: readonly Step[]): Attempt {
  return defaults ? { scope: 'session', steps: [defaults, ...steps] } : { scope: 'transaction', steps };
}

/** Cancels the statement when the signal is aborted meanwhile. */
async function runAttempt(
  session: PooledSession,
  { steps, scope, rows, followUp }: Attempt,
  signal: AbortSignal | undefined,
): Promise<Results> {
  // A cancel never fails: a session that does not heed it is lost.
  const cancel = () => void session.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await session.run({ statements: steps, scope, rows, followUp });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
