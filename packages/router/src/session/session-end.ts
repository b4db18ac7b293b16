import { CloseCode, ProtocolViolation, Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';

/**
 * The cause of the end of a session. `goodbye`: the client sent GOODBYE. `aborted`: the client sent ABORT. `lost`: the
 * connection was lost. `violation`: the client violated the protocol. `slow`: too many bytes waited for the client.
 * `killed`: another session ended it. `shutdown`: the router was closed. `fault`: an internal error of the router.
 */
export type SessionEndCause = 'goodbye' | 'aborted' | 'lost' | 'violation' | 'slow' | 'killed' | 'shutdown' | 'fault';

/** The end of a session, as passed to `onSessionEnd`. */
export interface SessionEnd {
  readonly realm: string;
  /** The session id. */
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
  readonly cause: SessionEndCause;
  /** The reason URI, the close reason or a description of the violation. */
  readonly message: string;
}

/** The reaction to an error that ends a connection. */
export interface Ending {
  readonly cause: SessionEndCause;
  /** The reason URI and the message of ABORT. */
  readonly reason: string;
  readonly message: string;
  readonly code: number;
}

/** The reaction to an error. For internal errors of the router, the client receives no details. */
export function endingBy(error: Error): Ending {
  const { message } = error;
  if (error instanceof JoinError) return { cause: 'aborted', reason: error.uri, message, code: CloseCode.NORMAL };
  if (error instanceof ProtocolViolation) {
    return { cause: 'violation', reason: Uri.PROTOCOL_VIOLATION, message, code: CloseCode.PROTOCOL_ERROR };
  }
  const words = 'the router failed to handle the message';
  return { cause: 'fault', reason: Uri.SYSTEM_SHUTDOWN, message: words, code: CloseCode.GOING_AWAY };
}
