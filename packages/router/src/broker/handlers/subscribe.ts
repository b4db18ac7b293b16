import { counted } from '@pgwamp/config';
import type { RequestHead } from '@pgwamp/protocol';
import { MessageType, MetaTopic, Uri } from '@pgwamp/protocol';
import { RequestError } from '../../errors.ts';
import { matchOption } from '../../matching/match-option.ts';
import { isReserved } from '../../matching/uri-rules.ts';
import type { Handler } from '../../realm/context.ts';
import type { Session } from '../../session/session.ts';
import type { BrokerContext } from '../context.ts';
import { eventHead } from '../deliver.ts';
import type { Subscription } from '../subscription.ts';

/**
 * SUBSCRIBE.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscribe
 */
export function subscribe(context: BrokerContext): Handler {
  const { subscriptions, uris, limits } = context;
  return (session, message) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    const match = matchOption(options.match);
    uris.assertPattern(match, topic);
    const known = subscriptions.find(match, topic);
    const isAdded = !known?.subscribers.has(session);
    if (isAdded && subscriptions.countOf(session) >= limits.maxSubscriptions) {
      throw new RequestError(
        Uri.NOT_AUTHORIZED,
        `a session may have at most ${counted(limits.maxSubscriptions, 'subscription')}`,
      );
    }
    const subscription = subscriptions.add(session, match, topic);
    session.send([MessageType.SUBSCRIBED, request, subscription.id]);
    if (options.get_retained === true) sendRetained(context, session, subscription);
    // The session may have left: sending ends the session of a slow receiver.
    if (isAdded && !session.hasLeft) announceSubscribed(context, session, subscription, known === undefined);
  };
}

/** Retained events follow SUBSCRIBED directly, before all later publications. */
function sendRetained({ retained, counters }: BrokerContext, session: Session, subscription: Subscription): void {
  for (const event of retained.for(session, subscription.match, subscription.uri)) {
    const details = { ...event.details, retained: true };
    if (session.send(eventHead({ ...event, details }, subscription), event.payload)) counters.events++;
  }
}

/**
 * Announces a subscriber, and its subscription if it is new. Subscriptions to topics of the protocol are not announced:
 * otherwise a session that watches subscriptions would trigger announcements itself.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-sub-metapi
 */
function announceSubscribed(
  { announce, isAnnounced }: BrokerContext,
  session: Session,
  subscription: Subscription,
  isNew: boolean,
): void {
  if (isReserved(subscription.uri)) return;
  if (isNew && isAnnounced(MetaTopic.SUBSCRIPTION_ON_CREATE)) {
    announce(MetaTopic.SUBSCRIPTION_ON_CREATE, [session.id, subscription.details]);
  }
  announce(MetaTopic.SUBSCRIPTION_ON_SUBSCRIBE, [session.id, subscription.id]);
}
