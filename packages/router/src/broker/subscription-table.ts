import { IdSequence } from '../protocol/ids.ts';
import type { Session } from '../session/session.ts';
import { Subscription } from './subscription.ts';

const NONE: readonly Subscription[] = [];

/** The subscriptions of a realm: by topic, by id, and by session. */
export class SubscriptionTable {
  readonly #ids = new IdSequence();
  readonly #byTopic = new Map<string, Subscription>();
  readonly #byId = new Map<number, Subscription>();
  readonly #bySession = new Map<Session, Set<Subscription>>();

  get size(): number {
    return this.#byId.size;
  }

  /** The subscriptions that an event on `topic` goes to. */
  matching(topic: string): readonly Subscription[] {
    const subscription = this.#byTopic.get(topic);
    return subscription === undefined ? NONE : [subscription];
  }

  /** How many subscriptions a session has. */
  countOf(session: Session): number {
    return this.#bySession.get(session)?.size ?? 0;
  }

  isSubscribed(session: Session, topic: string): boolean {
    return this.#byTopic.get(topic)?.subscribers.has(session) ?? false;
  }

  /** Subscribing twice gives the same subscription. */
  add(session: Session, topic: string): Subscription {
    const subscription = this.#byTopic.get(topic) ?? this.#create(topic);
    subscription.subscribers.add(session);
    const own = this.#bySession.get(session);
    if (own === undefined) this.#bySession.set(session, new Set([subscription]));
    else own.add(subscription);
    return subscription;
  }

  /** Whether there was anything to remove. */
  remove(session: Session, id: number): boolean {
    const subscription = this.#byId.get(id);
    if (subscription === undefined || !subscription.subscribers.has(session)) return false;
    this.#bySession.get(session)?.delete(subscription);
    this.#drop(session, subscription);
    return true;
  }

  removeAll(session: Session): void {
    for (const subscription of this.#bySession.get(session) ?? []) this.#drop(session, subscription);
    this.#bySession.delete(session);
  }

  #create(topic: string): Subscription {
    const subscription = new Subscription(this.#ids.next(), topic);
    this.#byTopic.set(topic, subscription);
    this.#byId.set(subscription.id, subscription);
    return subscription;
  }

  #drop(session: Session, subscription: Subscription): void {
    subscription.subscribers.delete(session);
    if (subscription.subscribers.size > 0) return;
    this.#byTopic.delete(subscription.topic);
    this.#byId.delete(subscription.id);
  }
}
