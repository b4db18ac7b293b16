import { MessageType } from '../protocol/message-type.ts';
import type { HeadElement, Payload } from '../serializer/serializer.ts';
import type { Audience } from './audience.ts';
import { EventFrames } from './event-frames.ts';
import type { Subscription } from './subscription.ts';

/** A publication on its way to the subscriptions it matches. */
export interface Publication {
  readonly id: number;
  readonly details: HeadElement;
  readonly payload: Payload;
  readonly audience: Audience;
}

/** Sends the event to a subscription's audience and tells to how many. */
export function deliver({ id, details, payload, audience }: Publication, subscription: Subscription): number {
  const frames = new EventFrames([MessageType.EVENT, subscription.id, id, details], payload);
  let count = 0;
  for (const session of subscription.subscribers) {
    if (!audience(session)) continue;
    session.sendFrame(frames.for(session.serializer));
    count++;
  }
  return count;
}
