import type { RealmContext } from '../realm/context.ts';
import type { RetainedEvents } from './retained-events.ts';
import type { SubscriptionTable } from './subscription-table.ts';

/** The state that the handlers of the broker share. */
export interface BrokerContext extends RealmContext {
  readonly subscriptions: SubscriptionTable;
  readonly retained: RetainedEvents;
}
