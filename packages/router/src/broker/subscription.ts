import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { Session } from '../session/session.ts';

/** A topic, or a pattern of topics, and who is subscribed to it. All subscribers share its id. */
export class Subscription {
  readonly id: number;
  readonly match: MatchPolicy;
  readonly uri: string;
  /** When it was created, as the meta API tells it: ISO 8601. */
  readonly created = new Date().toISOString();
  readonly subscribers = new Set<Session>();

  constructor(id: number, match: MatchPolicy, uri: string) {
    this.id = id;
    this.match = match;
    this.uri = uri;
  }

  /**
   * What the meta API tells of it.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-sub-metapi
   */
  get details(): Dict {
    return { id: this.id, created: this.created, uri: this.uri, match: this.match };
  }
}
