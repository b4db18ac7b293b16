import type { UndoHead } from '@pgwamp/protocol';
import { MessageType, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Handler } from '../realm/context.ts';
import type { BrokerContext } from './context.ts';
import { announceUnsubscribed } from './subscription-events.ts';

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-unsubscribe */
export function unsubscribe(context: BrokerContext): Handler {
  return (session, message) => {
    const [, request, id] = message.elements as unknown as UndoHead;
    const subscription = context.subscriptions.remove(session, id);
    if (subscription === undefined) {
      throw new RequestError(Uri.NO_SUCH_SUBSCRIPTION, `this session has no subscription ${id}`);
    }
    session.send([MessageType.UNSUBSCRIBED, request]);
    announceUnsubscribed(context, session, subscription, context.subscriptions.get(id) === undefined);
  };
}
