import type { CallingSession, PayloadText } from '@pgwamp/core/internal/wamp';

/** What a router takes. A message beyond that makes it end the session, with every other call on it. */
export interface MessageLimits {
  /** Bytes. */
  readonly maxMessageSize: number;
  /** Levels of lists and dictionaries inside each other, the message itself included. */
  readonly maxDepth: number;
}

/** A call, as the database asks for it. */
export interface CallDescription {
  readonly procedure: string;
  readonly payload: PayloadText;
  /** Those of `crossbar.call`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Through whom the call came, the first one first; who it passed last is in the database, and has no session. */
  readonly forwardFor: readonly Readonly<Record<string, unknown>>[];
}

/** Where calls are made. */
export interface CallTarget {
  readonly session: CallingSession;
  readonly limits: MessageLimits;
}

/** What a call is given besides. */
export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PayloadText) => void) | undefined;
}
