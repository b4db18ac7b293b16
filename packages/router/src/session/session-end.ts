/**
 * Why a session ended:
 * `goodbye` the client said so; `aborted` the client sent ABORT; `lost` the connection went away; `violation` it broke
 * the protocol; `slow` too much was waiting for it; `killed` another session had it ended; `shutdown` the router closed;
 * `fault` an error of the router's own.
 */
export type SessionEndCause = 'goodbye' | 'aborted' | 'lost' | 'violation' | 'slow' | 'killed' | 'shutdown' | 'fault';

/** The end of a session, as told to `onSessionEnd`. */
export interface SessionEnd {
  readonly realm: string;
  /** The session id. */
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
  readonly cause: SessionEndCause;
  /** The reason URI, the close reason or the violation, in words. */
  readonly message: string;
}
