/**
 * The Subscriber: what SQL subscribes handles WAMP events.
 *
 * @module
 */
export {
  parseSubscriberConfiguration,
  type SubscriberConfiguration,
  type SubscriberOptions,
  subscriberConfiguration,
} from './configuration.ts';
export { Subscriber, type SubscriberEnvironment, type SubscriberStatus } from './subscriber.ts';
export type { SubscriptionCounts } from './subscriptions.ts';
