import type { Dict, Message } from '@pgwamp/protocol';
import { MessageType } from '@pgwamp/protocol';
import { PLAIN_PERMISSION } from '../realm/handler.ts';
import type { Session } from '../session/session.ts';
import type { Action, Verdict } from './role.ts';

const ACTIONS: ReadonlyMap<number, Action> = new Map([
  [MessageType.PUBLISH, 'publish'],
  [MessageType.SUBSCRIBE, 'subscribe'],
  [MessageType.REGISTER, 'register'],
  [MessageType.CALL, 'call'],
]);

/**
 * What a session's role has to say about a message; other kinds of messages need no permission.
 *
 * @throws RequestError if the request is not let through; where there is a promise, it is rejected with it
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-authorization
 */
export function permissionFor(session: Session, { type, elements }: Message): Verdict {
  const { role } = session;
  if (role === undefined) return PLAIN_PERMISSION;
  const action = ACTIONS.get(type);
  if (action === undefined) return PLAIN_PERMISSION;
  return role.authorize(session, action, elements[3] as string, elements[2] as Dict);
}
