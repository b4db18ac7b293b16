import type { DatabaseError } from 'pg';
import { pg } from '../library.ts';

/**
 * The phase of an error. `bind` includes the conversion of parameters, and `commit` the check of deferred constraints.
 */
export type Phase = 'parse' | 'bind' | 'execute' | 'commit';

/** The error of a statement, which has also ended its transaction. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  declare readonly cause: DatabaseError;
  /** Index of the statement in the transaction, starting at 0. At `commit`, the number of statements. */
  readonly statement: number;
  readonly phase: Phase;
  /** Number of the parameter that could not be converted, starting at 1. */
  readonly parameter: number | undefined;

  constructor(cause: DatabaseError, statement: number, phase: Phase, parameter?: number) {
    super(cause.message, { cause });
    this.statement = statement;
    this.phase = phase;
    this.parameter = parameter;
  }
}

/** The SQLSTATE with which PostgreSQL ends a session because of `transaction_timeout`. */
export const transactionTimeout = '25P04';

/** A row exceeded the size limit of the session and was not read. */
export class RowTooLongError extends Error {
  override readonly name = 'RowTooLongError';
  readonly bytes: number;
  /**
   * Whether its transaction was committed nevertheless. If rows are not streamed, such a row arrives too late to
   * prevent the commit.
   */
  readonly committed: boolean;

  constructor(bytes: number, committed: boolean) {
    super(`a row of ${bytes} bytes exceeds the limit`);
    this.bytes = bytes;
    this.committed = committed;
  }
}

/** A row is not UTF-8, because a function has set `client_encoding` and has not set it back. */
export class RowEncodingError extends Error {
  override readonly name = 'RowEncodingError';
  /** Whether its transaction was committed nevertheless, as for {@link RowTooLongError}. */
  readonly committed: boolean;

  constructor(committed: boolean) {
    super('a row is not UTF-8');
    this.committed = committed;
  }
}

/** The progress of a statement when it failed. */
export interface Progress {
  /** Index of the statement, starting at 0. */
  readonly statement: number;
  /** Number of statements. */
  readonly statements: number;
  readonly parsed: boolean;
  readonly bound: boolean;
}

/** Determines the phase of an error from the progress of its statement. */
export function statementError(error: DatabaseError, progress: Progress): StatementError {
  const { statement, statements, parsed, bound } = progress;
  if (statement === statements) return new StatementError(error, statement, 'commit');
  if (!parsed) return new StatementError(error, statement, 'parse');
  const parameter = bound ? undefined : failedParameter(error);
  // An error without a parameter happened during planning at Bind, which may run functions.
  return new StatementError(error, statement, parameter === undefined ? 'execute' : 'bind', parameter);
}

/** Creates PostgreSQL's error for a canceled statement, for one that PostgreSQL is not running. */
export function canceled(statement: number): StatementError {
  const error = new (pg().DatabaseError)('canceling statement due to user request', 0, 'error');
  error.code = '57014';
  return new StatementError(error, statement, 'execute');
}

/**
 * Returns the number of the parameter that caused an error. PostgreSQL reports it in the last line of the context, in
 * the language of the server: `unnamed portal parameter $1`, and maybe ` = '<value>'`. Lines of functions and
 * statements have quotes before a `$`.
 */
function failedParameter({ where }: DatabaseError): number | undefined {
  const [, number] = /(?:^|\n)[^\n"']*\$(\d+)(?: = '.*')?$/s.exec(where ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Whether PostgreSQL refused a prepared statement, because it does not exist or no longer matches its result type. */
export function isStale({ code, routine }: DatabaseError): boolean {
  return code === '26000' || (code === '0A000' && routine === 'RevalidateCachedQuery');
}
