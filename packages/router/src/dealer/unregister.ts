import type { UndoHead } from '@pgwamp/protocol';
import { MessageType, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Handler } from '../realm/context.ts';
import type { DealerContext } from './context.ts';
import { refuseWaiting } from './pass-waiting.ts';
import { tellUnregistered } from './registration-events.ts';

/**
 * Calls already passed on to the callee still end in its result.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-unregister
 */
export function unregister(context: DealerContext): Handler {
  return (callee, message) => {
    const [, request, id] = message.elements as unknown as UndoHead;
    const endpoint = context.registrations.endpointOf(callee, id);
    if (endpoint === undefined) {
      throw new RequestError(Uri.NO_SUCH_REGISTRATION, `this session has no registration ${id}`);
    }
    const { registration } = endpoint;
    context.registrations.detach(endpoint);
    callee.send([MessageType.UNREGISTERED, request]);
    tellUnregistered(context, registration, callee);
    if (registration.endpoints.length === 0) refuseWaiting(context, registration);
  };
}
