import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** The status of a Caller. */
export interface CallerStatus extends ComponentStatus {
  /** Server process of the control connection, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** The address at which backends reach the link, and the number of connected backends, while it listens. */
  readonly link: { readonly host: string; readonly port: number; readonly connections: number } | undefined;
  /**
   * Number of calls of `crossbar.call`, `crossbar.call_each` and `crossbar.call_stream` since this Caller was created.
   */
  readonly calls: number;
  /** Number of calls that ended with an error, were canceled or lost. */
  readonly failed: number;
  /** Number of unanswered calls. */
  readonly inFlight: number;
  /** Numbers of `crossbar.call_async` since this Caller was created. */
  readonly async: {
    /** Number of attempts. */
    readonly calls: number;
    /** Number of calls that finally failed. */
    readonly failed: number;
    /** Number of handlers that finally failed. */
    readonly failedHandlers: number;
    /**
     * Number of running calls, until their handlers have ended. Calls that wait for another attempt are not included.
     */
    readonly inFlight: number;
  };
}
