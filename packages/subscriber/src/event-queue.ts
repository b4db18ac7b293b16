import type { Backoff } from '@pgwamp/core/internal/component';
import type { HandledEvent } from '@pgwamp/core/internal/functions';
import { Deque } from './deque.ts';

/** An event that waits for its handler. */
export interface WaitingEvent extends HandledEvent {
  /** Sequence number of its arrival, across all subscriptions. */
  readonly arrival: number;
  /** Number of failures of its handler. */
  failures: number;
  /** The pauses between its attempts. */
  pause: Backoff | undefined;
}

/** The part of the queue for one subscription. */
export interface QueuePart {
  readonly waiting: Deque<WaitingEvent>;
  /** Called when events were dropped because the queue was full. */
  readonly dropped: (count: number) => void;
}

/** Limit on the waiting events, and the behavior when it is reached. */
export interface QueueLimit {
  readonly events: number;
  readonly overflow: 'pause' | 'drop_oldest';
}

/** The session that events come from. */
export interface Upstream {
  /** Returns whether it can be paused. */
  pause(): boolean;
  resume(): void;
}

/**
 * The waiting events of all subscriptions, with a common limit. Each subscription has its own part, in the order of its
 * events. If the queue is full, the oldest event is dropped first. It belongs to a subscription whose handler is slow
 * or fails, so the other subscriptions are not affected.
 */
export class EventQueue {
  readonly #limit: QueueLimit;
  readonly #parts = new Set<QueuePart>();
  #size = 0;
  #arrivals = 0;
  #upstream: Upstream | undefined;
  #paused = false;
  /** The part with the oldest event, and the arrival of the oldest event in the other parts. */
  #oldest: { readonly part: QueuePart; readonly until: number } | undefined;

  constructor(limit: QueueLimit) {
    this.#limit = limit;
  }

  /** Number of waiting events. */
  get size(): number {
    return this.#size;
  }

  /** Sets the source of events, which is paused while the queue is full. */
  attach(upstream: Upstream): void {
    this.#upstream = this.#limit.overflow === 'pause' ? upstream : undefined;
    this.#paused = false;
    if (this.#isFull) this.#pause();
  }

  /** Creates the part of a subscription. */
  open(dropped: QueuePart['dropped']): QueuePart {
    const part = { waiting: new Deque<WaitingEvent>(), dropped };
    this.#parts.add(part);
    return part;
  }

  /** Adds an event. If the queue is full, and the upstream is not paused, drops the oldest event. */
  add({ waiting }: QueuePart, { args, kwargs, details }: HandledEvent): void {
    this.#arrivals += 1;
    waiting.push({ args, kwargs, details, arrival: this.#arrivals, failures: 0, pause: undefined });
    this.#size += 1;
    if (this.#isFull && this.#upstream) this.#pause();
    if (!this.#upstream && this.#size > this.#limit.events) this.#dropOldest();
  }

  /** Takes up to `count` events from a part, oldest first. */
  take({ waiting }: QueuePart, count: number): WaitingEvent[] {
    const events: WaitingEvent[] = [];
    for (let event = waiting.first; event && events.length < count; event = waiting.first) {
      events.push(event);
      waiting.shift();
    }
    this.#shrink(events.length);
    return events;
  }

  /** Puts events back, before the waiting ones. */
  requeue({ waiting }: QueuePart, events: readonly WaitingEvent[]): void {
    for (const event of events.toReversed()) waiting.unshift(event);
    this.#size += events.length;
    this.#oldest = undefined;
  }

  /** Removes a part. Returns the number of its waiting events. */
  close(part: QueuePart): number {
    this.#parts.delete(part);
    this.#oldest = undefined;
    return this.take(part, part.waiting.length).length;
  }

  get #isFull(): boolean {
    return this.#size >= this.#limit.events;
  }

  #dropOldest(): void {
    const first = this.#oldest?.part.waiting.first;
    if (!this.#oldest || !first || first.arrival > this.#oldest.until) this.#oldest = this.#findOldest();
    const { part } = this.#oldest ?? {};
    if (part) part.dropped(this.take(part, 1).length);
  }

  /** One search serves many drops, because new events are newer than all waiting ones. */
  #findOldest(): { part: QueuePart; until: number } | undefined {
    let oldest: QueuePart | undefined;
    let [first, until] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const part of this.#parts) {
      const arrival = part.waiting.first?.arrival ?? Number.POSITIVE_INFINITY;
      if (arrival < first) [oldest, first, until] = [part, arrival, first];
      else until = Math.min(until, arrival);
    }
    return oldest && { part: oldest, until };
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = this.#upstream?.pause() ?? false;
    if (!this.#paused) this.#upstream = undefined;
  }

  /** Resumes when the queue is half empty. Pausing and resuming for each event would cost more than the event. */
  #shrink(count: number): void {
    this.#size -= count;
    if (!this.#paused || this.#size * 2 > this.#limit.events) return;
    this.#paused = false;
    this.#upstream?.resume();
  }
}
