import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** Subscriptions of a session: how many the router has, how many it refused, and how many are of functions that cannot be called. */
export interface SubscriptionCounts {
  readonly subscribed: number;
  readonly refused: number;
  readonly unusable: number;
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
  /** Connections that handle events: how many there are, and how many are busy. */
  readonly pool: { readonly size: number; readonly busy: number };
}
