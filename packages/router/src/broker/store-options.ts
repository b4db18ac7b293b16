import type { MatchPolicy } from '../matching/pattern-map.ts';

/** Topics whose events are kept. */
export interface HistoryOptions {
  /** A topic, or a pattern of topics. */
  readonly uri: string;
  /** How `uri` matches. Default `exact`. */
  readonly match?: MatchPolicy | undefined;
  /** How many events to keep; the oldest are dropped. Default: the store's limit. */
  readonly limit?: number | undefined;
}

/**
 * What a realm keeps, in the shape of Crossbar.io's configuration. Event history is kept in memory alone.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-event-history
 */
export interface StoreOptions {
  readonly type: 'memory';
  /** How many events of each history to keep unless it says otherwise. Default 100. */
  readonly limit?: number | undefined;
  /** A subscription exists for each from the start; `wamp.subscription.get_events` gives what has come for it. */
  readonly 'event-history'?: readonly HistoryOptions[] | undefined;
}
