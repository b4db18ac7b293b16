import type { Dict, RequestHead } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, randomId } from '@pgwamp/protocol';
import type { Handler } from '../../realm/context.ts';
import { assertMayPassthru, keptPassthruAttributes } from '../../realm/payload-passthru.ts';
import type { Session } from '../../session/session.ts';
import { audienceOf, namesSessions } from '../audience.ts';
import type { BrokerContext } from '../context.ts';
import { deliver } from '../deliver.ts';
import { type Publication, storedEvent } from '../event.ts';
import type { Subscription } from '../subscription.ts';

/**
 * PUBLISH.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-publish
 */
export function publish(context: BrokerContext): Handler {
  const { uris, subscriptions, counters, onError } = context;
  return (session, message, { discloses }) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    if (options.ppt_scheme !== undefined) assertMayPassthru(session, 'publisher', options);
    uris.assertApplication(topic);
    const audience = audienceOf(options, session);
    const details = eventDetails(options, session, discloses || options.disclose_me === true);
    const publication = { id: randomId(), topic, details, payload: message.payload, audience };
    counters.publications++;
    const matching = subscriptions.matching(topic);
    if (options.retain === true || subscriptions.keepsHistory) store(context, session, options, publication, matching);
    for (const subscription of matching) counters.events += deliver(publication, subscription, onError);
    if (options.acknowledge === true) session.send([MessageType.PUBLISHED, request, publication.id]);
  };
}

/**
 * EVENT.Details, the same for every receiver of a publication.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-pub-identification
 */
function eventDetails(options: Dict, { id, identity }: Session, discloses: boolean): Dict {
  const passthru = options.ppt_scheme === undefined ? EMPTY_DICT : keptPassthruAttributes(options);
  if (!discloses) return passthru;
  const { authid, authrole } = identity;
  return { publisher: id, publisher_authid: authid, publisher_authrole: authrole, ...passthru };
}

/**
 * Stores a publication for later sessions: as the retained event of its topic, and in the histories of the matching
 * subscriptions.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-event-retention
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-event-history
 */
function store(
  { retained }: BrokerContext,
  publisher: Session,
  options: Dict,
  publication: Publication,
  subscriptions: readonly Subscription[],
): void {
  // Lists of sessions have no meaning for the session that reads the history later, so such events are in no history.
  const histories = namesSessions(options) ? [] : subscriptions.flatMap(({ history }) => history ?? []);
  const isRetained = options.retain === true;
  if (!isRetained && histories.length === 0) return;
  const event = storedEvent(publication, options, publisher);
  if (isRetained) retained.keep(event);
  for (const history of histories) history.add(event);
}
