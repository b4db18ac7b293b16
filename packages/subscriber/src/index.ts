/**
 * The Subscriber: handles WAMP events with functions of PostgreSQL.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export {
  parseSubscriberConfiguration,
  type SubscriberConfiguration,
  type SubscriberOptions,
  subscriberConfiguration,
} from './configuration.ts';
export type { SubscriberStatus, SubscriptionCounts } from './status.ts';
export { Subscriber } from './subscriber.ts';
