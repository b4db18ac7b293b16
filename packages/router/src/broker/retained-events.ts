import { type MatchPolicy, PatternMap } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';
import type { StoredEvent } from './event.ts';
import { type Bounds, EventBuffer } from './event-buffer.ts';

/**
 * The retained events of a realm. For each topic: the latest event for everybody, and the latest for each smaller
 * audience since then.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-event-retention
 */
export class RetainedEvents {
  /** By topic, oldest first. */
  readonly #byTopic = new Map<string, readonly StoredEvent[]>();
  readonly #all: EventBuffer;

  constructor(bounds: Bounds) {
    this.#all = new EventBuffer(bounds, (event) => this.#forget(event));
  }

  get size(): number {
    return this.#all.size;
  }

  keep(event: StoredEvent): void {
    const older = this.#byTopic.get(event.topic) ?? [];
    const isReplaced = ({ audienceKey }: StoredEvent) => event.audienceKey === '' || audienceKey === event.audienceKey;
    for (const replaced of older.filter(isReplaced)) this.#all.delete(replaced);
    this.#byTopic.set(event.topic, [...older.filter((other) => !isReplaced(other)), event]);
    this.#all.add(event);
  }

  /**
   * The retained events for a new subscriber: for each topic the latest event that it may receive, in the order of
   * publication.
   */
  for(session: Session, match: MatchPolicy, uri: string): Iterable<StoredEvent> {
    const latest = new Map<string, StoredEvent>();
    for (const event of match === 'exact' ? (this.#byTopic.get(uri) ?? []) : this.#matching(match, uri)) {
      if (!event.audience(session)) continue;
      latest.delete(event.topic);
      latest.set(event.topic, event);
    }
    return latest.values();
  }

  *#matching(match: MatchPolicy, uri: string): Generator<StoredEvent> {
    const pattern = new PatternMap<true>();
    pattern.set(match, uri, true);
    for (const event of this.#all) if (pattern.best(event.topic)) yield event;
  }

  #forget(event: StoredEvent): void {
    const rest = (this.#byTopic.get(event.topic) ?? []).filter((other) => other !== event);
    if (rest.length === 0) this.#byTopic.delete(event.topic);
    else this.#byTopic.set(event.topic, rest);
  }
}
