import { WampError } from '@pgwamp/core';
import { backoff } from '@pgwamp/core/internal/component';
import { type Endpoint, type Handled, type HandledEvent, isUsable } from '@pgwamp/core/internal/functions';
import { BatchSize } from './batch-size.ts';
import { Deque } from './deque.ts';
import type { EventQueue, WaitingEvent } from './event-queue.ts';
import type { Scheduler, Task } from './scheduler.ts';

/** Milliseconds between two tries of an event. */
const pauses = { first: 100, most: 10_000 };

/** What becomes of events. */
export interface EventHandling {
  /**
   * Handles events in one transaction, however long it takes until PostgreSQL is there.
   *
   * @throws `WampError` if the handler failed, and nothing else before the queues are closed.
   */
  handle(endpoint: Endpoint, events: readonly HandledEvent[]): Promise<Handled>;
  /** Keeps an event whose handler failed for good, unless another Subscriber of its queue group has handled or kept it. */
  keepFailed(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<void>;
  /** Events were handled, by this process. */
  handled(endpoint: Endpoint, count: number): void;
  /** A handler failed, and is tried again. */
  failed(endpoint: Endpoint, error: WampError): void;
  /** Events were dropped: there was no room, or the subscription or the component ended before their turn. */
  dropped(endpoint: Endpoint, count: number): void;
}

/** What queues share. */
export interface QueueServices {
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly handling: EventHandling;
}

/**
 * The events of one subscription on their way to its handler, in order unless `concurrency` relaxes it. What has piled up is handled in
 * one transaction; when that fails, its events go one by one, so that each has its own outcome. An event that is to be tried again
 * holds back the events behind it, and those of no other subscription.
 */
export class SubscriptionQueue implements Task {
  /** The subscription, as it is now. */
  endpoint: Endpoint;
  readonly #services: QueueServices;
  readonly #waiting = new Deque<WaitingEvent>();
  readonly #expireRetries = new AbortController();
  readonly #batchSize = new BatchSize();
  #busy = 0;
  #held = 0;
  #alone = 0;
  #closed = false;

  constructor(endpoint: Endpoint, services: QueueServices) {
    this.endpoint = endpoint;
    this.#services = services;
  }

  /** Whether an event may be handled now. */
  get ready(): boolean {
    return this.#waiting.length > 0 && this.#free > 0 && !this.#closed;
  }

  /** Takes an event from the session. */
  add({ args, kwargs, details }: HandledEvent): void {
    if (this.#closed) return;
    const event: WaitingEvent = {
      args,
      kwargs,
      details,
      lane: this,
      failures: 0,
      pause: undefined,
      older: undefined,
      newer: undefined,
    };
    this.#waiting.push(event);
    this.#services.queue.add(event);
    this.#services.scheduler.schedule(this);
  }

  /** Handles what has piled up, or a part of it. */
  async work(): Promise<void> {
    const events = this.#take();
    this.#busy += 1;
    try {
      await this.#handle(events);
    } catch {
      // Only when the lane is closed.
      this.#requeue(events);
    }
    this.#busy -= 1;
  }

  /** Makes room. */
  dropOldest(): void {
    const event = this.#waiting.shift();
    if (!event) return;
    this.#services.queue.remove(event);
    this.#services.handling.dropped(this.endpoint, 1);
  }

  /** Waits for no retry any more: what is held is tried at once, and what fails then is given up. */
  expireRetries(): void {
    this.#expireRetries.abort();
  }

  /** Drops what waits, and takes nothing more. */
  close(): void {
    this.expireRetries();
    this.#closed = true;
    const left = this.#waiting.length;
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) this.#services.queue.remove(event);
    if (left > 0) this.#services.handling.dropped(this.endpoint, left);
  }

  /** Events that are held keep their place, so that with a concurrency of 1 the order stays. */
  get #free(): number {
    return Number(this.endpoint.options.concurrency ?? 1) - this.#busy - this.#held;
  }

  #take(): WaitingEvent[] {
    const events: WaitingEvent[] = [];
    for (let left = this.#share(); left > 0; left -= 1) {
      const event = this.#waiting.shift();
      if (!event) break;
      this.#services.queue.remove(event);
      events.push(event);
    }
    return events;
  }

  #share(): number {
    if (this.#alone > 0) {
      this.#alone -= 1;
      return 1;
    }
    const { routine } = this.endpoint;
    if (isUsable(routine) && routine.kind === 'procedure') return 1;
    return Math.min(Math.ceil(this.#waiting.length / this.#free), this.#batchSize.batch);
  }

  async #handle(events: readonly WaitingEvent[]): Promise<void> {
    try {
      const { handled } = await this.#batchSize.measure(events.length, () =>
        this.#services.handling.handle(this.endpoint, events),
      );
      this.#services.handling.handled(this.endpoint, handled);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      await this.#failed(events, error);
    }
  }

  async #failed(events: readonly WaitingEvent[], error: WampError): Promise<void> {
    const [event] = events;
    if (events.length > 1 || !event) {
      this.#alone += events.length;
      this.#requeue(events);
      return;
    }
    event.failures += 1;
    if (this.#expireRetries.signal.aborted || event.failures > Number(this.endpoint.options.retries ?? 0)) {
      await this.#services.handling.keepFailed(this.endpoint, event, error);
      return;
    }
    this.#services.handling.failed(this.endpoint, error);
    this.#hold(event);
  }

  #hold(event: WaitingEvent): void {
    event.pause ??= backoff(pauses);
    this.#held += 1;
    // It rejects only by a defect, which then ends the process.
    void event.pause.wait(this.#expireRetries.signal).then(() => {
      this.#held -= 1;
      this.#requeue([event]);
      this.#services.scheduler.schedule(this);
    });
  }

  #requeue(events: readonly WaitingEvent[]): void {
    if (this.#closed) {
      this.#services.handling.dropped(this.endpoint, events.length);
      return;
    }
    for (const event of events.toReversed()) {
      this.#waiting.unshift(event);
      this.#services.queue.requeue(event);
    }
  }
}
