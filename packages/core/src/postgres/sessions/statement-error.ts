import type { DatabaseError } from 'pg';
import { pg } from '../library.ts';

/** What PostgreSQL was doing: a parameter's conversion is `bind`, and `commit` checks deferred constraints. */
export type Phase = 'parse' | 'bind' | 'execute' | 'commit';

/** A statement failed, and with it its transaction. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  declare readonly cause: DatabaseError;
  /** Which statement of the transaction, counted from 0; at `commit` their number. */
  readonly statement: number;
  readonly phase: Phase;
  /** Which parameter could not be converted, counted from 1. */
  readonly parameter: number | undefined;

  constructor(cause: DatabaseError, statement: number, phase: Phase, parameter?: number) {
    super(cause.message, { cause });
    this.statement = statement;
    this.phase = phase;
    this.parameter = parameter;
  }
}

/** A row has more bytes than the limit of the session, and was not read. */
export class RowTooLongError extends Error {
  override readonly name = 'RowTooLongError';
  readonly bytes: number;
  /** Whether its transaction was committed all the same: where rows are not streamed, the row comes too late to prevent it. */
  readonly committed: boolean;

  constructor(bytes: number, committed: boolean) {
    super(`a row of ${bytes} bytes exceeds the limit`);
    this.bytes = bytes;
    this.committed = committed;
  }
}

/** How far a statement had come when it failed. */
export interface Progress {
  /** Which statement, counted from 0. */
  readonly statement: number;
  /** How many there are. */
  readonly statements: number;
  readonly parsed: boolean;
  readonly bound: boolean;
}

/** Tells from how far a statement had come what was wrong with it. */
export function statementError(error: DatabaseError, progress: Progress): StatementError {
  const { statement, statements, parsed, bound } = progress;
  if (statement === statements) return new StatementError(error, statement, 'commit');
  if (!parsed) return new StatementError(error, statement, 'parse');
  const parameter = bound ? undefined : failedParameter(error);
  // Without a parameter, it was planned to be bound; that may run functions.
  return new StatementError(error, statement, parameter === undefined ? 'execute' : 'bind', parameter);
}

/** What PostgreSQL says of a statement that was cancelled, for one that it is not running. */
export function canceled(statement: number): StatementError {
  const error = new (pg().DatabaseError)('canceling statement due to user request', 0, 'error');
  error.code = '57014';
  return new StatementError(error, statement, 'execute');
}

/**
 * The number of the parameter that an error is about. PostgreSQL says it in the last line of the context, in the language of
 * the server: `unnamed portal parameter $1`, and maybe ` = '<value>'`. Lines of functions and statements have quotes before a `$`.
 */
function failedParameter({ where }: DatabaseError): number | undefined {
  const [, number] = /(?:^|\n)[^\n"']*\$(\d+)(?: = '.*')?$/s.exec(where ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Whether PostgreSQL refused to use a prepared statement: it is gone, or does not fit any more what it was made for. */
export function isStale({ code, routine }: DatabaseError): boolean {
  return code === '26000' || (code === '0A000' && routine === 'RevalidateCachedQuery');
}
