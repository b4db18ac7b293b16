import { RequestError } from '../errors.ts';
import { matchOption } from '../matching/match-option.ts';
import type { RequestHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Handler } from '../realm/handler.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
import type { BrokerContext } from './broker.ts';
import { announceSubscribed } from './subscription-events.ts';

function assertRoom({ subscriptions, limits }: BrokerContext, session: Session): void {
  if (subscriptions.countOf(session) < limits.maxSubscriptions) return;
  throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have ${limits.maxSubscriptions} subscriptions`);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscribe */
export function subscribe(context: BrokerContext): Handler {
  const { subscriptions, uris } = context;
  return (session, message) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    const match = matchOption(options.match);
    uris.assertPattern(match, topic);
    const known = subscriptions.find(match, topic);
    const isAdded = !known?.subscribers.has(session);
    if (isAdded) assertRoom(context, session);
    const subscription = subscriptions.add(session, match, topic);
    session.send([MessageType.SUBSCRIBED, request, subscription.id]);
    if (isAdded) announceSubscribed(context, session, subscription, known === undefined);
  };
}
