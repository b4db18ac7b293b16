import type { UndoHead } from '@pgwamp/protocol';
import { MessageType, MetaTopic, Uri } from '@pgwamp/protocol';
import { RequestError } from '../../errors.ts';
import { isReserved } from '../../matching/uri-rules.ts';
import type { Handler } from '../../realm/context.ts';
import type { Session } from '../../session/session.ts';
import type { BrokerContext } from '../context.ts';
import type { Subscription } from '../subscription.ts';

/**
 * UNSUBSCRIBE.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-unsubscribe
 */
export function unsubscribe(context: BrokerContext): Handler {
  return (session, message) => {
    const [, request, id] = message.elements as unknown as UndoHead;
    const subscription = context.subscriptions.remove(session, id);
    if (subscription === undefined) {
      throw new RequestError(Uri.NO_SUCH_SUBSCRIPTION, `this session has no subscription ${id}`);
    }
    session.send([MessageType.UNSUBSCRIBED, request]);
    announceUnsubscribed(context, session, subscription);
  };
}

/**
 * Announces the removal of a session from a subscription, and the end of the subscription if that session was the last
 * one.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-sub-metapi
 */
export function announceUnsubscribed(
  { announce, subscriptions }: BrokerContext,
  session: Session,
  { id, uri }: Subscription,
): void {
  if (isReserved(uri)) return;
  // Before the announcement, which may end the session of another subscriber.
  const isOver = subscriptions.get(id) === undefined;
  announce(MetaTopic.SUBSCRIPTION_ON_UNSUBSCRIBE, [session.id, id]);
  if (isOver) announce(MetaTopic.SUBSCRIPTION_ON_DELETE, [session.id, id]);
}
