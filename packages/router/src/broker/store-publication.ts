import type { Dict } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import { namesSessions } from './audience.ts';
import type { BrokerContext } from './context.ts';
import type { Publication } from './deliver.ts';
import { storedEvent } from './stored-event.ts';
import type { Subscription } from './subscription.ts';

/**
 * Keeps a publication for those who ask for it later: as its topic's retained event, and in the histories of the
 * subscriptions that it goes to.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-event-retention
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-event-history
 */
export function storePublication(
  { retained }: BrokerContext,
  publisher: Session,
  options: Dict,
  publication: Publication,
  subscriptions: readonly Subscription[],
): void {
  // Who asks for the history later is another session than those that the lists name: such events are in no history.
  const histories = namesSessions(options) ? [] : subscriptions.flatMap(({ history }) => history ?? []);
  const isRetained = options.retain === true;
  if (!isRetained && histories.length === 0) return;
  const event = storedEvent(publication, options, publisher);
  if (isRetained) retained.keep(event);
  for (const history of histories) history.add(event);
}
