import type { Backoff } from '@pgwamp/core/internal/component';
import type { HandledEvent } from '@pgwamp/core/internal/functions';
import { Deque } from './deque.ts';

/** An event that waits for its handler. */
export interface WaitingEvent extends HandledEvent {
  /** Its place in the order in which the events of all subscriptions have come. */
  readonly arrival: number;
  /** How often its handler has failed. */
  failures: number;
  /** The pauses between its attempts. */
  pause: Backoff | undefined;
}

/** The part of the queue that belongs to one subscription. */
export interface QueuePart {
  readonly waiting: Deque<WaitingEvent>;
  /** Is called when events were dropped because there was no room. */
  readonly dropped: (count: number) => void;
}

/** How many events may wait, and what happens when that many do. */
export interface QueueLimit {
  readonly events: number;
  readonly overflow: 'pause' | 'drop_oldest';
}

/** Where events come from: a session. */
export interface Upstream {
  /** Returns whether it can be paused. */
  pause(): boolean;
  resume(): void;
}

/**
 * The events that wait, of all subscriptions together, within one limit. Each subscription has a part of its own, in the order of its
 * events. What has waited longest is dropped first: it belongs to a subscription whose handler is slow or fails, so that others do not pay
 * for that one.
 */
export class EventQueue {
  readonly #limit: QueueLimit;
  readonly #parts = new Set<QueuePart>();
  #size = 0;
  #arrivals = 0;
  #upstream: Upstream | undefined;
  #paused = false;
  /** The part with the oldest event of all, and the arrival of the oldest one in any other part. */
  #oldest: { readonly part: QueuePart; readonly until: number } | undefined;

  constructor(limit: QueueLimit) {
    this.#limit = limit;
  }

  /** Events that wait. */
  get size(): number {
    return this.#size;
  }

  /** From now on events come from `upstream`, which is paused while there is no room. */
  attach(upstream: Upstream): void {
    this.#upstream = this.#limit.overflow === 'pause' ? upstream : undefined;
    this.#paused = false;
    if (this.#isFull) this.#pause();
  }

  /** A part for a subscription. */
  open(dropped: QueuePart['dropped']): QueuePart {
    const part = { waiting: new Deque<WaitingEvent>(), dropped };
    this.#parts.add(part);
    return part;
  }

  /** Adds the newest event; drops the oldest if there is no room, and the upstream is not to be paused or cannot be. */
  add({ waiting }: QueuePart, { args, kwargs, details }: HandledEvent): void {
    this.#arrivals += 1;
    waiting.push({ args, kwargs, details, arrival: this.#arrivals, failures: 0, pause: undefined });
    this.#size += 1;
    if (this.#isFull && this.#upstream) this.#pause();
    if (!this.#upstream && this.#size > this.#limit.events) this.#dropOldest();
  }

  /** Takes up to so many events, the oldest ones of a part. */
  take({ waiting }: QueuePart, count: number): WaitingEvent[] {
    const events: WaitingEvent[] = [];
    for (let event = waiting.first; event && events.length < count; event = waiting.first) {
      events.push(event);
      waiting.shift();
    }
    this.#shrink(events.length);
    return events;
  }

  /** Puts events back that were taken, before those that wait. */
  requeue({ waiting }: QueuePart, events: readonly WaitingEvent[]): void {
    for (const event of events.toReversed()) waiting.unshift(event);
    this.#size += events.length;
    this.#oldest = undefined;
  }

  /** Ends a part; returns how many events were waiting. */
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

  /** One look at all parts is good for many events: those that come are newer than all that wait. */
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

  /** Resumes when half of it is done: to pause and resume for each event would cost more than the event. */
  #shrink(count: number): void {
    this.#size -= count;
    if (!this.#paused || this.#size * 2 > this.#limit.events) return;
    this.#paused = false;
    this.#upstream?.resume();
  }
}
