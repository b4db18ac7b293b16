import type { Message } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';

/** What the realm's authorization adds to a request that it lets through. */
export interface Permission {
  /**
   * The realm's configuration discloses the publisher of this PUBLISH or the caller of this CALL, as if it had said
   * `disclose_me`.
   */
  readonly discloses: boolean;
}

/** What holds where nothing was configured. */
export const PLAIN_PERMISSION: Permission = Object.freeze({ discloses: false });

/**
 * Handles one kind of message; the authorization has let it through already.
 *
 * @throws RequestError to refuse the request, the session goes on
 * @throws ProtocolViolation to end the session
 */
export type Handler = (session: Session, message: Message, permission: Permission) => void;

/** The handlers of a role, by the code of the message. */
export type Handlers = readonly (readonly [type: number, handler: Handler])[];
