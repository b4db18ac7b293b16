import { EMPTY_DICT, MessageType, randomId, ValuesPayload } from '@pgwamp/protocol';
import type { Announce, Handlers, RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { BrokerContext } from './context.ts';
import { deliver } from './deliver.ts';
import { EventBuffer } from './event-buffer.ts';
import { publish } from './handlers/publish.ts';
import { subscribe } from './handlers/subscribe.ts';
import { announceUnsubscribed, unsubscribe } from './handlers/unsubscribe.ts';
import { RetainedEvents } from './retained-events.ts';
import type { ResolvedHistory } from './store-options.ts';
import { SubscriptionTable } from './subscription-table.ts';

/** The features that WELCOME announces for the broker. */
export const BROKER_FEATURES = Object.freeze({
  publisher_exclusion: true,
  publisher_identification: true,
  subscriber_blackwhite_listing: true,
  pattern_based_subscription: true,
  event_history: true,
  event_retention: true,
  payload_passthru_mode: true,
  session_meta_api: true,
  subscription_meta_api: true,
});

const everyone = () => true;

/** The broker of a realm. */
export class Broker {
  readonly handlers: Handlers;
  readonly subscriptions = new SubscriptionTable();
  readonly retained: RetainedEvents;
  readonly #context: BrokerContext;

  constructor(realm: RealmContext, histories: readonly ResolvedHistory[] = []) {
    const { maxRetainedEvents: events, maxRetainedBytes: bytes, maxHistoryBytes } = realm.limits;
    this.retained = new RetainedEvents({ events, bytes });
    for (const { uri, match, limit } of histories) {
      this.subscriptions.keep(match, uri, new EventBuffer({ events: limit, bytes: maxHistoryBytes }));
    }
    const context: BrokerContext = { ...realm, subscriptions: this.subscriptions, retained: this.retained };
    this.#context = context;
    this.handlers = [
      [MessageType.PUBLISH, publish(context)],
      [MessageType.SUBSCRIBE, subscribe(context)],
      [MessageType.UNSUBSCRIBE, unsubscribe(context)],
    ];
  }

  /** Publishes an event of the router itself. Without subscribers, it costs one look-up. */
  readonly announce: Announce = (topic, args, audience = everyone) => {
    const matching = this.subscriptions.matching(topic);
    if (matching.length === 0) return;
    const { counters, onError } = this.#context;
    const publication = { id: randomId(), topic, details: EMPTY_DICT, payload: new ValuesPayload([args]), audience };
    for (const subscription of matching) counters.events += deliver(publication, subscription, onError);
  };

  /** Whether anyone would receive an announcement on this topic. */
  isAnnounced(topic: string): boolean {
    return this.subscriptions.matching(topic).length > 0;
  }

  /** Ends the subscriptions of a session. */
  leave(session: Session): void {
    for (const subscription of this.subscriptions.removeAll(session)) {
      announceUnsubscribed(this.#context, session, subscription);
    }
  }
}
