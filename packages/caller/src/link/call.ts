import type { CallRequest } from './request.ts';
import type { Row } from './row.ts';

/** The outcome of a call, as a row. */
export interface Outcome extends Row {
  readonly kind: 'result' | 'error' | 'lost' | 'refused';
}

/** The controls of a call. */
export interface CallControls {
  /** Aborts when the database no longer needs the call: its statement was canceled, or the backend has gone. */
  readonly signal: AbortSignal;
  /**
   * Passes on a progressive result as JSON text; null for an empty one. If more results are waiting than the database
   * has recently read, it returns a promise that resolves when more may be passed on.
   */
  readonly onProgress: (payload: string | null) => Promise<void> | undefined;
}

/**
 * Makes a call. Never rejects. Undefined means that the database will no longer ask for the call, without having canceled
 * it.
 */
export type Call = (request: CallRequest, controls: CallControls) => Promise<Outcome | undefined>;
