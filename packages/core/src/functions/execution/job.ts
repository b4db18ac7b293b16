import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FollowUp,
  type PooledSession,
  type Results,
  type RowConsumer,
  RowEncodingError,
  RowTooLongError,
  StatementError,
  transactionTimeout,
} from '../../postgres/index.ts';
import { Deadline, timeoutError } from './deadline.ts';
import { encodingError, type Step, tooLongError, toWampError } from './failure.ts';
import type { Settings } from './settings.ts';

/** One attempt of a transaction, as it is sent to PostgreSQL. */
export interface Attempt {
  readonly statements: readonly Step[];
  readonly scope: 'transaction' | 'session';
  /** Whether the last column of the last statement tells whether it has reset the session. */
  readonly resets?: boolean | undefined;
  /** Receives the rows of the last statement as they arrive. */
  readonly rows?: RowConsumer | undefined;
  /** A statement that follows the last one in the same transaction. */
  readonly followUp?: FollowUp | undefined;
}

/** The limits of functions. */
export interface Limits {
  /** Time limit of each statement in milliseconds; 0 for no limit. */
  readonly bound: number;
  /** Size limit of a result in bytes. */
  readonly resultSize: number;
}

/** A transaction that calls a function, and that is repeated after a serialization failure. */
export interface Job<Result> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly kind: 'function' | 'procedure';
  readonly limits: Limits;
  /** The transaction; `timeout` is its `statement_timeout` in milliseconds. */
  attempt(timeout: number): Attempt;
  /** Whether the job may be repeated after this many attempts, the last of which failed with an SQLSTATE. */
  mayRepeat(attempts: number, sqlstate: string | undefined): boolean;
  /** The result of the committed attempt. */
  result(results: Results): Result;
}

/** The default number of retries after a serialization failure or a deadlock. */
export const defaultRetries = 3;

/** The maximum pause before the second attempt, and before any attempt, in milliseconds. */
const pauses = { first: 4, max: 100 };

/**
 * Runs a job in a session.
 *
 * @throws `WampError` if the job failed; `DatabaseLostError` if the session was lost; errors of the row consumer.
 */
export async function runJob<Result>(session: PooledSession, job: Job<Result>): Promise<Result> {
  const { settings, deadline, kind, limits } = job;
  // Canceling never fails. A session that does not react to it is treated as lost.
  const cancel = () => void session.cancel();
  for (let attempts = 1; ; attempts += 1) {
    const timeout = deadline.left(limits.bound, settings.statementTimeout);
    const begin = performance.now();
    const attempt = job.attempt(timeout);
    // Between rows, PostgreSQL waits for the caller. Its own timeout only takes effect when more rows are requested, so
    // this timer cancels the statement.
    using limit = attempt.rows && new Deadline(timeout, deadline.canceled);
    const signal = limit ? limit.signal : deadline.canceled;
    signal?.addEventListener('abort', cancel);
    try {
      return job.result(await session.run(attempt));
    } catch (error) {
      if (error instanceof RowTooLongError) throw tooLongError(error, kind, limits.resultSize);
      if (error instanceof RowEncodingError) throw encodingError(error, kind);
      if (!(error instanceof StatementError)) throw error;
      if (session.lost.aborted && error.cause.code === transactionTimeout) throw timeoutError();
      const elapsed = performance.now() - begin;
      // This throws if the session itself has ended.
      await session.ready();
      if (!job.mayRepeat(attempts, error.cause.code)) {
        const canceled = deadline.canceled?.aborted === true;
        const { statements: steps } = attempt;
        throw toWampError(error, { steps, role: settings.role, timeout, elapsed, canceled });
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    // The random pause prevents the same transactions from conflicting again.
    await sleep(Math.random() * Math.min(pauses.first * 2 ** (attempts - 1), pauses.max));
  }
}

/** The statements as one transaction, which starts with the transaction defaults of the role. */
export function inTransaction({ defaults }: Settings, statements: readonly Step[]): Attempt {
  if (!defaults) return { scope: 'transaction', statements };
  return { scope: 'session', statements: [defaults, ...statements] };
}
