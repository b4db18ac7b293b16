import type { RequestHead } from '@pgwamp/protocol';
import { MessageType, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import { matchOption } from '../matching/match-option.ts';
import type { Handler } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { BrokerContext } from './context.ts';
import { eventHead } from './deliver.ts';
import type { Subscription } from './subscription.ts';
import { announceSubscribed } from './subscription-events.ts';

function assertRoom({ subscriptions, limits }: BrokerContext, session: Session): void {
  if (subscriptions.countOf(session) < limits.maxSubscriptions) return;
  throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have ${limits.maxSubscriptions} subscriptions`);
}

/** What was published before comes right after SUBSCRIBED, and so before everything that is published from now on. */
function sendRetained({ retained, counters }: BrokerContext, session: Session, subscription: Subscription): void {
  for (const event of retained.for(session, subscription.match, subscription.uri)) {
    const details = { ...event.details, retained: true };
    session.send(eventHead({ ...event, details }, subscription), event.payload);
    counters.events++;
  }
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
    if (options.get_retained === true) sendRetained(context, session, subscription);
    // It may have left: sending is what ends the session of a slow receiver.
    if (isAdded && !session.hasLeft) announceSubscribed(context, session, subscription, known === undefined);
  };
}
