import { MetaTopic } from '@pgwamp/protocol';
import type { RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { Subscription } from './subscription.ts';

/**
 * Tells that a session has been added to a subscription, which may have been created for it.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-sub-metapi
 */
export function announceSubscribed(
  { announce, isAnnounced }: RealmContext,
  session: Session,
  subscription: Subscription,
  isNew: boolean,
): void {
  if (isNew && isAnnounced(MetaTopic.SUBSCRIPTION_ON_CREATE)) {
    announce(MetaTopic.SUBSCRIPTION_ON_CREATE, [session.id, subscription.details]);
  }
  announce(MetaTopic.SUBSCRIPTION_ON_SUBSCRIBE, [session.id, subscription.id]);
}

/** Tells that a session has been removed from a subscription, which may have ended with that. */
export function announceUnsubscribed(
  { announce }: RealmContext,
  session: Session,
  { id }: Subscription,
  isOver: boolean,
): void {
  announce(MetaTopic.SUBSCRIPTION_ON_UNSUBSCRIBE, [session.id, id]);
  if (isOver) announce(MetaTopic.SUBSCRIPTION_ON_DELETE, [session.id, id]);
}
