import type { Backoff } from '@pgwamp/core/internal/component';
import type { HandledEvent } from '@pgwamp/core/internal/functions';

/** An event that waits for its turn. */
export interface WaitingEvent extends HandledEvent {
  /** Who has it, and drops it when there is no room. */
  readonly lane: { dropOldest(): void };
  /** How often its handler has failed. */
  failures: number;
  /** The pauses between its tries. */
  pause: Backoff | undefined;
  /** Its neighbours among all events that wait, by age. */
  older: WaitingEvent | undefined;
  newer: WaitingEvent | undefined;
}

/** How many events may wait, and what happens when that many do. */
export interface QueueLimit {
  readonly events: number;
  readonly overflow: 'pause' | 'drop_oldest';
}

/** Where events come from: a session. */
export interface Upstream {
  /** Returns whether it can be held back. */
  pause(): boolean;
  resume(): void;
}

/**
 * Counts the events that wait, of all subscriptions together, and keeps them within the limit. What has waited longest is
 * dropped first: it belongs to a subscription whose handler is slow or fails, so that others do not pay for that one.
 */
export class EventQueue {
  readonly #limit: QueueLimit;
  #size = 0;
  #oldest: WaitingEvent | undefined;
  #newest: WaitingEvent | undefined;
  #upstream: Upstream | undefined;
  #paused = false;

  constructor(limit: QueueLimit) {
    this.#limit = limit;
  }

  /** Events that wait. */
  get size(): number {
    return this.#size;
  }

  /** From now on events come from `upstream`, which is held back while there is no room. */
  attach(upstream: Upstream): void {
    this.#upstream = this.#limit.overflow === 'pause' ? upstream : undefined;
    this.#paused = false;
    if (this.#isFull) this.#holdBack();
  }

  /** Adds the newest event; drops the oldest if there is no room, and the upstream is not to be held back or cannot be. */
  add(event: WaitingEvent): void {
    this.#size += 1;
    event.older = this.#newest;
    if (this.#newest) this.#newest.newer = event;
    else this.#oldest = event;
    this.#newest = event;
    if (this.#isFull && this.#upstream) this.#holdBack();
    if (!this.#upstream && this.#size > this.#limit.events) this.#oldest?.lane.dropOldest();
  }

  /** Adds an event that waited before: it counts as the oldest. */
  requeue(event: WaitingEvent): void {
    this.#size += 1;
    event.newer = this.#oldest;
    if (this.#oldest) this.#oldest.older = event;
    else this.#newest = event;
    this.#oldest = event;
  }

  /** An event waits no more. */
  remove(event: WaitingEvent): void {
    const { older, newer } = event;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    event.older = undefined;
    event.newer = undefined;
    this.#size -= 1;
    this.#letFlow();
  }

  get #isFull(): boolean {
    return this.#size >= this.#limit.events;
  }

  #holdBack(): void {
    if (this.#paused) return;
    this.#paused = this.#upstream?.pause() ?? false;
    if (!this.#paused) this.#upstream = undefined;
  }

  /** Not before half of it is done: pausing and resuming for each event would cost more than the event. */
  #letFlow(): void {
    if (!this.#paused || this.#size * 2 > this.#limit.events) return;
    this.#paused = false;
    this.#upstream?.resume();
  }
}
