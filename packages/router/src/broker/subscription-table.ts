import { IdSequence } from '@pgwamp/protocol';
import { type MatchPolicy, PatternMap } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';
import type { EventBuffer } from './event-buffer.ts';
import { Subscription } from './subscription.ts';

/** The subscriptions of a realm: by topic or pattern, by id, and by session. */
export class SubscriptionTable implements Iterable<Subscription> {
  readonly #ids = new IdSequence();
  readonly #byUri = new PatternMap<Subscription>();
  readonly #byId = new Map<number, Subscription>();
  readonly #bySession = new Map<Session, Set<Subscription>>();

  #keepsHistory = false;

  /** Whether any subscription has a history. */
  get keepsHistory(): boolean {
    return this.#keepsHistory;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The subscriptions that receive an event on `topic`. */
  matching(topic: string): readonly Subscription[] {
    return this.#byUri.matching(topic);
  }

  find(match: MatchPolicy, uri: string): Subscription | undefined {
    return this.#byUri.get(match, uri);
  }

  get(id: number): Subscription | undefined {
    return this.#byId.get(id);
  }

  /** The number of subscriptions of a session. */
  countOf(session: Session): number {
    return this.#bySession.get(session)?.size ?? 0;
  }

  /** The subscriptions of a session. */
  of(session: Session): Iterable<Subscription> {
    return this.#bySession.get(session) ?? [];
  }

  /** Adds a subscriber. A second subscription of the same session to the same URI returns the same subscription. */
  add(session: Session, match: MatchPolicy, uri: string): Subscription {
    const subscription = this.#byUri.get(match, uri) ?? this.#create(match, uri);
    subscription.subscribers.add(session);
    const own = this.#bySession.get(session);
    if (own === undefined) this.#bySession.set(session, new Set([subscription]));
    else own.add(subscription);
    return subscription;
  }

  /** Creates a subscription with a history, which exists without subscribers. */
  keep(match: MatchPolicy, uri: string, history: EventBuffer): void {
    this.#keepsHistory = true;
    this.#create(match, uri, history);
  }

  /**
   * Removes a session from a subscription; returns the subscription, or `undefined` if the session was not subscribed.
   */
  remove(session: Session, id: number): Subscription | undefined {
    const subscription = this.#byId.get(id);
    if (subscription === undefined || !subscription.subscribers.has(session)) return undefined;
    this.#bySession.get(session)?.delete(subscription);
    this.#drop(session, subscription);
    return subscription;
  }

  /** Removes a session from all its subscriptions and returns them. */
  removeAll(session: Session): Iterable<Subscription> {
    const own = this.#bySession.get(session) ?? [];
    this.#bySession.delete(session);
    for (const subscription of own) this.#drop(session, subscription);
    return own;
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#byId.values();
  }

  #create(match: MatchPolicy, uri: string, history?: EventBuffer): Subscription {
    const subscription = new Subscription(this.#ids.next(), match, uri, history);
    this.#byUri.set(match, uri, subscription);
    this.#byId.set(subscription.id, subscription);
    return subscription;
  }

  #drop(session: Session, subscription: Subscription): void {
    subscription.subscribers.delete(session);
    if (subscription.subscribers.size > 0 || subscription.history !== undefined) return;
    this.#byUri.delete(subscription.match, subscription.uri);
    this.#byId.delete(subscription.id);
  }
}
