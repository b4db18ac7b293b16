/**
 * The Subscriber: what SQL subscribes handles WAMP events.
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
export { Subscriber, type SubscriberStatus } from './subscriber.ts';
export type { SubscriptionCounts } from './subscriptions.ts';
