import type { CallRequest } from './request.ts';
import type { Row } from './row.ts';

/** The outcome of a call, as a row. */
export interface Outcome extends Row {
  readonly kind: 'result' | 'error' | 'lost' | 'refused';
}

/** A call without its arguments: the common part of the calls of a set. */
export type CallHead = Pick<CallRequest, 'id' | 'procedure' | 'options' | 'identity'>;

/** Receives the results of a call. */
export interface CallReceiver {
  /**
   * Receives the outcome, once, and not before the function that starts the call has returned. Undefined means that the
   * database will no longer ask for the call, without having canceled it.
   */
  settle(outcome: Outcome | undefined): void;
  /**
   * Receives a progressive result as JSON text; null for an empty one. If more results are waiting than the database has
   * recently read, it returns a promise that resolves when more may be passed on.
   */
  onProgress(payload: string | null): Promise<void> | undefined;
}

/** Starts a call with these arguments. Never throws. Returns the function that cancels it. */
export type StartCall = (args: string, kwargs: string, receiver: CallReceiver) => (reason: Error) => void;

/**
 * Returns the function that starts calls. The receivers are plain objects: promises and abort signals for each call of a
 * set would cost as much as everything else.
 *
 * @param head when the same procedure, options and identity come again, their objects are the same too.
 */
export type Call = (head: CallHead) => StartCall;
