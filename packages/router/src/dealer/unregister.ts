import { RequestError } from '../errors.ts';
import type { UndoHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Handler } from '../realm/handler.ts';
import { Uri } from '../uris.ts';
import type { DealerContext } from './dealer.ts';

/**
 * Calls already passed on to the callee still end in its result.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-unregister
 */
export function unregister({ registrations }: DealerContext): Handler {
  return (session, message) => {
    const [, request, id] = message.elements as unknown as UndoHead;
    if (!registrations.remove(session, id)) {
      throw new RequestError(Uri.NO_SUCH_REGISTRATION, `this session has no registration ${id}`);
    }
    session.send([MessageType.UNREGISTERED, request]);
  };
}
