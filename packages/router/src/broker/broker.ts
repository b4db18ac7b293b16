import { MessageType } from '@pgwamp/protocol';
import type { Announce, Handlers, RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import { announcing } from './announce.ts';
import type { BrokerContext } from './context.ts';
import { EventBuffer } from './event-buffer.ts';
import type { HistoryPlan } from './history-plan.ts';
import { publish } from './publish.ts';
import { RetainedEvents } from './retained-events.ts';
import { subscribe } from './subscribe.ts';
import { announceUnsubscribed } from './subscription-events.ts';
import { SubscriptionTable } from './subscription-table.ts';
import { unsubscribe } from './unsubscribe.ts';

/** The role broker of a realm. */
export class Broker {
  readonly handlers: Handlers;
  readonly subscriptions = new SubscriptionTable();
  readonly retained: RetainedEvents;
  /** Publishes what the router itself has to tell; free of cost while nobody subscribes to it. */
  readonly announce: Announce;
  readonly #context: BrokerContext;

  constructor(realm: RealmContext, histories: readonly HistoryPlan[] = []) {
    const { maxRetainedEvents: events, maxRetainedBytes: bytes, maxHistoryBytes } = realm.limits;
    this.retained = new RetainedEvents({ events, bytes });
    for (const { uri, match, limit } of histories) {
      this.subscriptions.keep(match, uri, new EventBuffer({ events: limit, bytes: maxHistoryBytes }));
    }
    const context: BrokerContext = { ...realm, subscriptions: this.subscriptions, retained: this.retained };
    this.#context = context;
    this.announce = announcing(context);
    this.handlers = [
      [MessageType.PUBLISH, publish(context)],
      [MessageType.SUBSCRIBE, subscribe(context)],
      [MessageType.UNSUBSCRIBE, unsubscribe(context)],
    ];
  }

  /** Whether anybody would receive an announcement of this topic. */
  isAnnounced(topic: string): boolean {
    return this.subscriptions.matching(topic).length > 0;
  }

  leave(session: Session): void {
    for (const subscription of this.subscriptions.removeAll(session)) {
      announceUnsubscribed(this.#context, session, subscription, this.subscriptions.get(subscription.id) === undefined);
    }
  }
}
