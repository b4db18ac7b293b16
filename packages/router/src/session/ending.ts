import { CloseCode, ProtocolViolation, Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';
import type { SessionEndCause } from './session-end.ts';

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
