import type { CallingSession, PayloadText } from '@pgwamp/core/internal/wamp';

/**
 * The router's limits on messages. A message that exceeds them makes the router end the session, with all its calls.
 */
export interface MessageLimits {
  /** Size limit in bytes. */
  readonly maxMessageSize: number;
  /** Nesting limit of lists and dictionaries, including the message itself. */
  readonly maxDepth: number;
}

/** A call as the database requests it. */
export interface CallDescription {
  readonly procedure: string;
  readonly payload: PayloadText;
  /** The options of `crossbar.call`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The previous callers, the first one first. The last one is in the database and has no session. */
  readonly forwardFor: readonly Readonly<Record<string, unknown>>[];
}

/** The session for calls and its limits. */
export interface CallTarget {
  readonly session: CallingSession;
  readonly limits: MessageLimits;
}

/** The abort signal and the progress callback of a call. */
export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PayloadText) => void) | undefined;
}
