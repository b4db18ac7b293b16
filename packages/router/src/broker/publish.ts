import { randomId } from '../protocol/ids.ts';
import type { RequestHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Handler } from '../realm/handler.ts';
import { assertMayPassthru } from '../realm/payload-passthru.ts';
import { audienceOf } from './audience.ts';
import type { BrokerContext } from './broker.ts';
import { deliver } from './deliver.ts';
import { eventDetails } from './event-details.ts';

/**
 * `retain` is not announced and is ignored, as the specification lets a broker do: the event is delivered all the same.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-publish
 */
export function publish({ uris, subscriptions, counters }: BrokerContext): Handler {
  return (session, message, permission) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    assertMayPassthru(session, 'publisher', options);
    uris.assertApplication(topic);
    const audience = audienceOf(options, session);
    const details = eventDetails(options, session, permission);
    const publication = { id: randomId(), topic, details, payload: message.payload, audience };
    counters.publications++;
    for (const subscription of subscriptions.matching(topic)) counters.events += deliver(publication, subscription);
    if (options.acknowledge === true) session.send([MessageType.PUBLISHED, request, publication.id]);
  };
}
