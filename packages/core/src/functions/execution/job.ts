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

/** One attempt of a transaction, as it is sent to PostgreSQL. */
export interface Attempt {
  readonly steps: readonly Step[];
  readonly scope: 'transaction' | 'session';
  /** Receives the rows of the last step as they arrive. */
  readonly rows?: RowConsumer | undefined;
  /** A statement that follows the last step in the same transaction. */
  readonly followUp?: FollowUp | undefined;
}

/** A transaction that is repeated after a serialization failure. */
export interface Job<T extends Attempt> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  /** Aborts when the statement has to be canceled. */
  readonly signal: AbortSignal | undefined;
  /** Time limit of each statement in milliseconds; 0 for no limit. */
  readonly bound: number;
  /** The transaction; `timeout` is its `statement_timeout` in milliseconds. */
  attempt(timeout: number): T;
  /** Whether the job may be repeated after this many attempts. */
  mayRepeat(attempts: number, last: T): boolean;
}

/** The default number of retries after a serialization failure or a deadlock. */
export const defaultRetries = 3;

/** The maximum pause before the second attempt, and before any attempt, in milliseconds. */
const pauses = { first: 4, max: 100 };

/**
 * Runs a job in a session.
 *
 * @returns the attempt that succeeded, and its results.
 * @throws `WampError` if the job failed; `RowTooLongError`; `DatabaseLostError` if the session was lost; errors of the
 *   row consumer.
 */
export async function runJob<T extends Attempt>(session: PooledSession, job: Job<T>): Promise<[T, Results]> {
  const { settings, deadline, bound, signal } = job;
  for (let attempts = 1; ; attempts += 1) {
    const timeout = deadline.left(bound, settings.statementTimeout);
    const begin = performance.now();
    const attempt = job.attempt(timeout);
    try {
      // Between rows, PostgreSQL waits for the caller. Its own timeout only takes effect when more rows are requested,
      // so this timer cancels the statement.
      using limit = attempt.rows && new Deadline(timeout, signal);
      return [attempt, await runAttempt(session, attempt, limit ? limit.signal : signal)];
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const elapsed = performance.now() - begin;
      // This throws if the session itself has ended.
      await session.ready();
      if (!isRepeatable(error.cause.code) || !job.mayRepeat(attempts, attempt)) {
        const canceled = signal?.aborted === true;
        throw toWampError(error, { steps: attempt.steps, role: settings.role, timeout, elapsed, canceled });
      }
    }
    // The random pause prevents the same transactions from conflicting again.
    await sleep(Math.random() * Math.min(pauses.first * 2 ** (attempts - 1), pauses.max));
  }
}

/** The steps as one transaction, which starts with the transaction defaults of the role. */
export function inTransaction({ defaults }: Settings, steps: readonly Step[]): Attempt {
  return defaults ? { scope: 'session', steps: [defaults, ...steps] } : { scope: 'transaction', steps };
}

/** Runs an attempt, and cancels the statement when the signal aborts. */
async function runAttempt(
  session: PooledSession,
  { steps, scope, rows, followUp }: Attempt,
  signal: AbortSignal | undefined,
): Promise<Results> {
  // Canceling never fails. A session that does not react to it is treated as lost.
  const cancel = () => void session.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await session.run({ statements: steps, scope, rows, followUp });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
