import type { Dict } from '@pgwamp/protocol';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';
import type { EventBuffer } from './event-buffer.ts';

/** A topic, or a pattern of topics, and its subscribers. All subscribers share its id. */
export class Subscription {
  readonly id: number;
  readonly match: MatchPolicy;
  readonly uri: string;
  readonly subscribers = new Set<Session>();

  /** The past events, if the realm's configuration keeps them. Such a subscription exists without subscribers. */
  readonly history: EventBuffer | undefined;
  // Formatted only on request: there are many subscriptions and few requests.
  readonly #created = Date.now();

  constructor(id: number, match: MatchPolicy, uri: string, history?: EventBuffer) {
    this.id = id;
    this.match = match;
    this.uri = uri;
    this.history = history;
  }

  /**
   * The SubscriptionDetails of the meta API.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-sub-metapi
   */
  get details(): Dict {
    return { id: this.id, created: new Date(this.#created).toISOString(), uri: this.uri, match: this.match };
  }
}
