import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** The status of a Caller. */
export interface CallerStatus extends ComponentStatus {
  /** Server process of the control connection, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Where backends reach the link, and how many are connected, while it listens. */
  readonly link: { readonly host: string; readonly port: number; readonly connections: number } | undefined;
  /** Calls of `crossbar.call`, `crossbar.call_each` and `crossbar.call_stream` since this Caller was created. */
  readonly calls: number;
  /** Calls that ended with an error, were canceled or lost. */
  readonly failed: number;
  /** Calls that are not answered yet. */
  readonly inFlight: number;
  /** Calls of `crossbar.call_async` since this Caller was created. */
  readonly async: {
    /** Attempts. */
    readonly calls: number;
    /** Calls that failed for good. */
    readonly failed: number;
    /** Handlers that failed for good. */
    readonly failedHandlers: number;
    /** Calls that are under way, until their handlers have ended; not those that wait for another attempt. */
    readonly inFlight: number;
  };
}
