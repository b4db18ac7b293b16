import { DatabaseLostError, DatabaseRefusedError, QueueFullError, WampError } from '../../errors.ts';
import type { Statement, StatementError } from '../../postgres/index.ts';
import { changedMarker } from '../routines/guard.ts';
import { type CallStatement, refusedValue } from '../statements/call-statement.ts';
import { canceledError, timeoutError } from './deadline.ts';
import { unusableRole } from './roles.ts';
import { type ServerError, wampErrorOf } from './wamp-error.ts';

/** A statement that calls a function, or sets what it runs with. */
export type Step = Statement | CallStatement;

/** What an error has to be seen with. */
export interface Circumstances {
  readonly steps: readonly Step[];
  /** The role that the function should run as. */
  readonly role: string;
  /** The `statement_timeout` that was in force, in milliseconds; 0 for none. */
  readonly timeout: number;
  /** Milliseconds since the transaction was begun. */
  readonly elapsed: number;
  readonly canceled: boolean;
}

/** A function is not what it was when it was read; nothing has been called. */
export class ChangedFunctionError extends WampError {}

/** The WAMP error for a transaction that failed in PostgreSQL. */
export function toWampError({ cause, statement, phase, parameter }: StatementError, seen: Circumstances): WampError {
  const step = seen.steps[statement];
  if (cause.code === '57014') return interrupted(seen);
  if (isChanged(cause))
    return new ChangedFunctionError('wamp.error.unavailable', ['the function has just been changed; call it again']);
  if (step && !isCall(step)) return isRefusal(cause.code) ? unusableRole(seen.role, cause.message) : wampErrorOf(cause);
  if (step && phase === 'bind') return refusedValue(step, parameter, cause.message);
  const error = wampErrorOf(cause);
  return isStaleSignature(cause) ? new ChangedFunctionError('wamp.error.unavailable', error.args, error.kwargs) : error;
}

/** The WAMP error for what kept a call from being run, if it is that. */
export function asUnavailableError(error: unknown): unknown {
  if (error instanceof QueueFullError) return new WampError('wamp.error.unavailable', ['too many calls are waiting']);
  // The reason may tell addresses.
  if (error instanceof DatabaseLostError || error instanceof DatabaseRefusedError)
    return new WampError('wamp.error.unavailable', ['PostgreSQL cannot be reached']);
  return error;
}

/** PostgreSQL tells them apart by the message alone, which may be in any language. */
function interrupted({ canceled, timeout, elapsed }: Circumstances): WampError {
  return !canceled && timeout > 0 && elapsed >= timeout - 1 ? timeoutError() : canceledError();
}

function isChanged({ code, message, where }: ServerError): boolean {
  return code === '22P02' && where === undefined && message.includes(changedMarker);
}

/** Whether our own statement makes no sense: the function is not what it was. Errors within functions have a context. */
function isStaleSignature({ code = '', where, position }: ServerError): boolean {
  return /^(42|3F)/.test(code) && code !== '42501' && where === undefined && position !== undefined;
}

function isCall(step: Step): step is CallStatement {
  return 'given' in step;
}

/** Whether a setting was refused: the role is gone or was taken from role crossbar, or one of its settings has no use any more. */
function isRefusal(sqlstate = ''): boolean {
  return sqlstate.startsWith('22') || sqlstate.startsWith('42');
}
