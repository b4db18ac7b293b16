import type { ComponentStatus } from '@pgwamp/core/internal/component';
import type { Endpoint } from '@pgwamp/core/internal/functions';

/** Subscriptions of a session: how many the router has, how many it refused, and how many are of functions that cannot be called. */
export interface SubscriptionCounts {
  readonly subscribed: number;
  readonly refused: number;
  readonly unusable: number;
}

/** The events of one subscription that are not handled yet. */
export interface SubscriptionBacklog {
  /** The number that `crossbar.subscribe` returned; a bigint as text. */
  readonly subscription: string;
  readonly uri: string;
  readonly match: Endpoint['match'];
  /** Events that wait for their turn. */
  readonly waiting: number;
  /** Events whose handler has failed, and that wait for the next attempt; those that wait come behind them. */
  readonly retrying: number;
}

/** The status of a Subscriber. */
export interface SubscriberStatus extends ComponentStatus {
  /** Server process of the control connection, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Subscriptions of that session. */
  readonly subscriptions: SubscriptionCounts;
  /** Events that were handled since this Subscriber was created; an event counts once for each of its handlers. */
  readonly events: number;
  /** Events whose handler failed for good: they are in `crossbar.failed_event`. */
  readonly failed: number;
  /** Events that were not handled: the queue was full, or their subscription or the Subscriber ended. */
  readonly dropped: number;
  /** Events that wait for their handler. */
  readonly waiting: number;
  /** The subscriptions with events that are not handled yet: the 100 with most of them, those first. */
  readonly backlogs: readonly SubscriptionBacklog[];
  /** Connections that handle events: how many there are, and how many are busy. */
  readonly pool: { readonly size: number; readonly busy: number };
}
