import { DatabaseLostError, DatabaseRefusedError, QueueFullError, WampError } from '../../errors.ts';
import type { RowEncodingError, RowTooLongError, Statement, StatementError } from '../../postgres/index.ts';
import { isChangedError } from '../routines/guard.ts';
import { type CallStatement, refusedValue } from '../statements/call-statement.ts';
import { canceledError, timeoutError } from './deadline.ts';
import { unusableRole } from './roles.ts';
import { type ServerError, wampErrorOf } from './wamp-error.ts';

/** A statement that calls a function, or a statement that sets its environment. */
export type Step = Statement | CallStatement;

/** The circumstances of an error. */
export interface Circumstances {
  readonly steps: readonly Step[];
  /** The role that the function should run as. */
  readonly role: string;
  /** The `statement_timeout` of the attempt in milliseconds; 0 for none. */
  readonly timeout: number;
  /** Milliseconds since the start of the transaction. */
  readonly elapsed: number;
  readonly canceled: boolean;
}

/** The function has changed since it was read. It was not called. */
export class ChangedFunctionError extends WampError {}

/** Converts the error of a failed transaction to a WAMP error. */
export function toWampError({ cause, statement, phase, parameter }: StatementError, seen: Circumstances): WampError {
  const step = seen.steps[statement];
  if (cause.code === '57014') return interrupted(seen);
  if (isChangedError(cause))
    return new ChangedFunctionError('wamp.error.unavailable', ['the function has just been changed; call it again']);
  if (step && !isCall(step)) {
    if (isUntranslatable(cause.code)) return foreignName(cause.message);
    return isRefusal(cause.code) ? unusableRole(seen.role, cause.message) : wampErrorOf(cause);
  }
  if (step && phase === 'bind') return refusedValue(step, parameter, cause.message);
  const error = wampErrorOf(cause);
  return isStaleSignature(cause) ? new ChangedFunctionError('wamp.error.unavailable', error.args, error.kwargs) : error;
}

/**
 * The error for a result that is too long to be read.
 *
 * @param limit the size limit of a result in bytes.
 */
export function tooLongError(
  { bytes, committed }: RowTooLongError,
  kind: 'function' | 'procedure',
  limit: number,
): WampError {
  const size = `the result has ${bytes} bytes, and may have ${limit} (extra.max_result_size)`;
  return new WampError('wamp.error.payload_size_exceeded', [`${size}; ${fateOf(kind, committed)}`]);
}

/** The error for a result that is not UTF-8, so that some other value would be read. */
export function encodingError({ committed }: RowEncodingError, kind: 'function' | 'procedure'): WampError {
  const why = `the result is not UTF-8, because the ${kind} has set client_encoding`;
  return new WampError('wamp.error.runtime_error', [`${why}; ${fateOf(kind, committed)}`]);
}

function fateOf(kind: 'function' | 'procedure', committed: boolean): string {
  if (committed) return `the ${kind} has run, and its transaction is committed`;
  return kind === 'function' ? 'nothing has happened' : 'what the procedure had not committed is undone';
}

/** Converts errors that prevented a call from running to a WAMP error. Returns any other error unchanged. */
export function asUnavailableError(error: unknown): unknown {
  if (error instanceof QueueFullError) return new WampError('wamp.error.unavailable', ['too many calls are waiting']);
  // The reason may reveal addresses.
  if (error instanceof DatabaseLostError || error instanceof DatabaseRefusedError)
    return new WampError('wamp.error.unavailable', ['PostgreSQL cannot be reached']);
  return error;
}

/** PostgreSQL distinguishes a timeout from a cancellation only by the message, which may be in any language. */
function interrupted({ canceled, timeout, elapsed }: Circumstances): WampError {
  return !canceled && timeout > 0 && elapsed >= timeout - 1 ? timeoutError() : canceledError();
}

/**
 * Whether the error is in our own statement, because the function has changed. Errors inside functions have a context.
 */
function isStaleSignature({ code = '', where, position }: ServerError): boolean {
  return /^(42|3F)/.test(code) && code !== '42501' && where === undefined && position !== undefined;
}

function isCall(step: Step): step is CallStatement {
  return 'calls' in step;
}

/** Whether a text has characters that the encoding of the database does not have. */
function isUntranslatable(sqlstate = ''): boolean {
  return sqlstate === '22P05' || sqlstate === '22021';
}

function foreignName(reason: string): WampError {
  const message = `the database cannot represent the name of the procedure or topic, or of who has called or published: ${reason}`;
  return new WampError('wamp.error.invalid_argument', [message]);
}

/**
 * Whether PostgreSQL refused a setting: the role does not exist or is no longer granted to role crossbar, or one of its
 * settings is no longer valid.
 */
function isRefusal(sqlstate = ''): boolean {
  return sqlstate.startsWith('22') || sqlstate.startsWith('42');
}
