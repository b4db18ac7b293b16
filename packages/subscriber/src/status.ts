import type { ComponentStatus } from '@pgwamp/core/internal/component';
import type { Endpoint } from '@pgwamp/core/internal/functions';

/**
 * Numbers of subscriptions: those that the router has, those that it refused, and those whose function cannot be
 * called.
 */
export interface SubscriptionCounts {
  readonly subscribed: number;
  readonly refused: number;
  readonly unusable: number;
}

/** The unhandled events of one subscription. */
export interface SubscriptionBacklog {
  /** The number that `crossbar.subscribe` returned; a bigint as text. */
  readonly subscription: string;
  readonly uri: string;
  readonly match: Endpoint['match'];
  /** Number of waiting events. */
  readonly waiting: number;
  /**
   * Number of events whose handler has failed and that wait for the next attempt. The waiting events are behind them.
   */
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
  /** Number of events handled since this Subscriber was created. An event counts once for each of its handlers. */
  readonly events: number;
  /** Number of events whose handler finally failed. They are stored in `crossbar.failed_event`. */
  readonly failed: number;
  /**
   * Number of events that were not handled, because the queue was full, or because their subscription or the Subscriber
   * ended.
   */
  readonly dropped: number;
  /** Number of events that wait for their handler. */
  readonly waiting: number;
  /** The 100 subscriptions with the most unhandled events, in descending order. */
  readonly backlogs: readonly SubscriptionBacklog[];
  /** Numbers of connections that handle events: all, and busy ones. */
  readonly pool: { readonly size: number; readonly busy: number };
}
