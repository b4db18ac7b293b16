import type { Message } from '../protocol/message.ts';
import type { Session } from '../session/session.ts';

/**
 * Handles one kind of message.
 *
 * @throws RequestError to refuse the request, the session goes on
 * @throws ProtocolViolation to end the session
 */
export type Handler = (session: Session, message: Message) => void;

/** The handlers of a role, by the code of the message. */
export type Handlers = readonly (readonly [type: number, handler: Handler])[];
