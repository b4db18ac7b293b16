import { CloseCode, ProtocolViolation, Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';

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

/** How a connection ends because of an error. */
export interface Ending {
  readonly cause: SessionEndCause;
  /** The reason of the ABORT, and its words. */
  readonly reason: string;
  readonly message: string;
  readonly code: number;
}

/** What the client is told of an error: nothing of the router's own faults. */
export function endingBy(error: Error): Ending {
  const { message } = error;
  if (error instanceof JoinError) return { cause: 'aborted', reason: error.uri, message, code: CloseCode.NORMAL };
  if (error instanceof ProtocolViolation) {
    return { cause: 'violation', reason: Uri.PROTOCOL_VIOLATION, message, code: CloseCode.PROTOCOL_ERROR };
  }
  const words = 'the router failed to handle the message';
  return { cause: 'fault', reason: Uri.SYSTEM_SHUTDOWN, message: words, code: CloseCode.GOING_AWAY };
}
