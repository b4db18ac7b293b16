import type { CallRequest } from './request.ts';
import type { Row } from './row.ts';

/** How a call has ended: the row for it. */
export interface Outcome extends Row {
  readonly kind: 'result' | 'error' | 'lost' | 'refused';
}

/** What a call is given besides its request. */
export interface CallControls {
  /** Aborts when the database wants the call no more: its statement was cancelled, or the backend is gone. */
  readonly signal: AbortSignal;
  /**
   * Takes a progressive result, as JSON text; null for an empty one. While more are waiting for the database than it has asked for
   * lately, it returns what resolves when more are welcome.
   */
  readonly onProgress: (payload: string | null) => Promise<void> | undefined;
}

/**
 * Makes a call. What it throws is answered with `lost`; undefined stands for a call that the database will ask for no more, without having
 * said so.
 */
export type Call = (request: CallRequest, controls: CallControls) => Promise<Outcome | undefined>;
