import type { RequestHead } from '@pgwamp/protocol';
import { MessageType, randomId } from '@pgwamp/protocol';
import type { Handler } from '../realm/context.ts';
import { assertMayPassthru } from '../realm/payload-passthru.ts';
import { audienceOf } from './audience.ts';
import type { BrokerContext } from './context.ts';
import { deliver } from './deliver.ts';
import { eventDetails } from './event-details.ts';
import { storePublication } from './store-publication.ts';

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-publish */
export function publish(context: BrokerContext): Handler {
  const { uris, subscriptions, counters } = context;
  return (session, message, permission) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    assertMayPassthru(session, 'publisher', options);
    uris.assertApplication(topic);
    const audience = audienceOf(options, session);
    const details = eventDetails(options, session, permission);
    const publication = { id: randomId(), topic, details, payload: message.payload, audience };
    counters.publications++;
    const matching = subscriptions.matching(topic);
    if (options.retain === true || subscriptions.keepsHistory) {
      storePublication(context, session, options, publication, matching);
    }
    for (const subscription of matching) counters.events += deliver(publication, subscription);
    if (options.acknowledge === true) session.send([MessageType.PUBLISHED, request, publication.id]);
  };
}
