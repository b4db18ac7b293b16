import type { Dict, Payload } from '@pgwamp/protocol';
import { MessageType } from '@pgwamp/protocol';
import type { Audience } from './audience.ts';
import { EventFrames } from './event-frames.ts';
import type { Subscription } from './subscription.ts';

/** What an EVENT tells before its payload. */
export interface EventIdentity {
  readonly id: number;
  readonly topic: string;
  readonly details: Dict;
}

/** A publication on its way to the subscriptions it matches. */
export interface Publication extends EventIdentity {
  readonly payload: Payload;
  readonly audience: Audience;
}

/**
 * What goes before the payload. Who subscribed to a pattern has to be told the topic.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pattern-based-subscription
 */
export function eventHead({ id, topic, details }: EventIdentity, { id: subscription, match }: Subscription) {
  return [MessageType.EVENT, subscription, id, match === 'exact' ? details : { ...details, topic }];
}

/** Sends the event to a subscription's audience and tells to how many. */
export function deliver(publication: Publication, subscription: Subscription): number {
  const { payload, audience } = publication;
  const frames = new EventFrames(eventHead(publication, subscription), payload);
  let count = 0;
  for (const session of subscription.subscribers) {
    if (!audience(session)) continue;
    session.sendFrame(frames.for(session.serializer));
    count++;
  }
  return count;
}
