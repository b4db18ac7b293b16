import type { HeadElement, UndoHead } from '@pgwamp/protocol';
import { MessageType, MetaTopic, Uri } from '@pgwamp/protocol';
import { RequestError } from '../../errors.ts';
import type { Handler } from '../../realm/context.ts';
import type { DealerContext } from '../context.ts';
import type { CalleeEntry } from '../registration.ts';
import { refuseWaiting } from '../transitions.ts';

/**
 * UNREGISTER. Calls that the callee has received still return results.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-unregister
 */
export function unregister(context: DealerContext): Handler {
  return (callee, message) => {
    const [, request, id] = message.elements as unknown as UndoHead;
    const entry = context.registrations.entryOf(callee, id);
    if (entry === undefined) {
      throw new RequestError(Uri.NO_SUCH_REGISTRATION, `this session has no registration ${id}`);
    }
    removeCallee(context, entry, [MessageType.UNREGISTERED, request]);
    if (entry.registration.callees.length === 0) refuseWaiting(context, entry.registration);
  };
}

/**
 * Removes a callee from its registration and announces it.
 *
 * @param notice a message for the callee
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-reg-metapi
 */
export function removeCallee(context: DealerContext, entry: CalleeEntry, notice?: readonly HeadElement[]): void {
  const { callee, registration } = entry;
  context.registrations.detach(entry);
  if (notice !== undefined) callee.send(notice);
  // Before the announcement: it may end the session of another callee, which then is the last one.
  const isLast = registration.callees.length === 0;
  context.announce(MetaTopic.REGISTRATION_ON_UNREGISTER, [callee.id, registration.id]);
  if (isLast) context.announce(MetaTopic.REGISTRATION_ON_DELETE, [callee.id, registration.id]);
}
