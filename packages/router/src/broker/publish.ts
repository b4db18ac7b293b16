import { randomId } from '../protocol/ids.ts';
import type { RequestHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Handler } from '../realm/handler.ts';
import { assertMayPassthru } from '../realm/payload-passthru.ts';
import type { HeadElement, Payload } from '../serializer/serializer.ts';
import { type Audience, audienceOf } from './audience.ts';
import type { BrokerContext } from './broker.ts';
import { eventDetails } from './event-details.ts';
import { EventFrames } from './event-frames.ts';
import type { Subscription } from './subscription.ts';

interface Publication {
  readonly id: number;
  readonly details: HeadElement;
  readonly payload: Payload;
  readonly audience: Audience;
}

/** Sends the event to a subscription's audience and tells to how many. */
function deliver({ id, details, payload, audience }: Publication, subscription: Subscription): number {
  const frames = new EventFrames([MessageType.EVENT, subscription.id, id, details], payload);
  let count = 0;
  for (const session of subscription.subscribers) {
    if (!audience(session)) continue;
    session.sendFrame(frames.for(session.serializer));
    count++;
  }
  return count;
}

/**
 * `retain` is not announced and is ignored, as the specification lets a broker do: the event is delivered all the same.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-publish
 */
export function publish({ uris, subscriptions, counters }: BrokerContext): Handler {
  return (session, message) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    assertMayPassthru(session, 'publisher', options);
    uris.assertApplication(topic);
    const audience = audienceOf(options, session);
    const details = eventDetails(options, session);
    const publication = { id: randomId(), details, payload: message.payload, audience };
    counters.publications++;
    for (const subscription of subscriptions.matching(topic)) counters.events += deliver(publication, subscription);
    if (options.acknowledge === true) session.send([MessageType.PUBLISHED, request, publication.id]);
  };
}
