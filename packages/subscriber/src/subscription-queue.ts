import { StoppedError, WampError } from '@pgwamp/core';
import { backoff } from '@pgwamp/core/internal/component';
import { type Endpoint, type Handled, type HandledEvent, isUsable } from '@pgwamp/core/internal/functions';
import { BatchSize } from './batch-size.ts';
import type { EventQueue, QueuePart, WaitingEvent } from './event-queue.ts';
import type { Scheduler, Task } from './scheduler.ts';
import type { SubscriptionBacklog } from './status.ts';

/** Milliseconds between two attempts at an event. */
const pauses = { first: 100, max: 10_000 };

/**
 * Events of the transactions into which a large one that failed is split. If they were halved again and again, handlers of which no two can run
 * in one transaction would run nine times as often as they have to.
 */
const smallPart = 16;

/** What becomes of events. */
export interface EventHandling {
  /**
   * Handles events in one transaction, however long it takes until PostgreSQL is there.
   *
   * @throws `WampError` if the handler failed; `StoppedError` when nothing is handled any more.
   */
  handle(endpoint: Endpoint, events: readonly HandledEvent[]): Promise<Handled>;
  /**
   * Keeps an event whose handler failed for good, unless another Subscriber of its queue group has handled or kept it.
   *
   * @throws `StoppedError`.
   */
  keepFailed(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<void>;
  /** Events were handled, by this process. */
  handled(endpoint: Endpoint, count: number): void;
  /** A handler failed, and is tried again. */
  failed(endpoint: Endpoint, error: WampError): void;
  /** Events were dropped: there was no room, or the subscription or the component ended before their turn. */
  dropped(endpoint: Endpoint, count: number): void;
  /** Something failed that cannot be the handler's fault; the events are tried again. */
  broken(endpoint: Endpoint, error: unknown): void;
}

/** What the queues of all subscriptions share. */
export interface QueueServices {
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly handling: EventHandling;
}

/**
 * The events of one subscription on their way to its handler, in order unless `concurrency` relaxes it.
 *
 * The way of an event:
 * 1. `add` puts it into the part of the `EventQueue` that is this subscription's, and asks the `Scheduler` for a turn.
 * 2. When a connection is free, and the other subscriptions had their turns, the scheduler calls `run`.
 * 3. `run` takes what has piled up, as far as a transaction should last, and hands it to `Handling`, which gives it to the executor.
 * 4. If the transaction fails, its events are put back and go in smaller ones, in the end alone, so that each has its own outcome.
 * 5. An event that fails alone is held for a pause, with the events behind it, and tried again; after `retries` it is kept in
 *    `crossbar.failed_event`. Other subscriptions do not wait for it.
 */
export class SubscriptionQueue implements Task {
  /** The subscription, as it is now: another one when that has replaced it. */
  endpoint: Endpoint;
  readonly #services: QueueServices;
  readonly #part: QueuePart;
  readonly #expired = new AbortController();
  readonly #batchSize = new BatchSize();
  /** Transactions that run. */
  #running = 0;
  /** Transactions that wait for their next attempt, and their events. */
  #held = 0;
  #retrying = 0;
  /** How many events the next transactions handle, the last number first: the parts of one that failed. */
  readonly #parts: number[] = [];
  #closed = false;

  constructor(endpoint: Endpoint, services: QueueServices) {
    this.endpoint = endpoint;
    this.#services = services;
    this.#part = services.queue.open((count) => services.handling.dropped(this.endpoint, count));
  }

  /** Whether an event may be handled now. */
  get ready(): boolean {
    return this.#part.waiting.length > 0 && this.#free > 0 && !this.#closed;
  }

  /** Its events that are not handled yet. */
  get backlog(): SubscriptionBacklog {
    const { id, uri, match } = this.endpoint;
    return { subscription: id, uri, match, waiting: this.#part.waiting.length, retrying: this.#retrying };
  }

  /** Takes an event from the session. */
  add(event: HandledEvent): void {
    if (this.#closed) return;
    this.#services.queue.add(this.#part, event);
    this.#services.scheduler.schedule(this);
  }

  /** Handles what has piled up, or a part of it. */
  async run(): Promise<void> {
    const { queue, handling } = this.#services;
    const { endpoint } = this;
    const events = queue.take(this.#part, this.#share());
    this.#running += 1;
    try {
      const { handled } = await this.#batchSize.measure(events.length, () => handling.handle(endpoint, events));
      handling.handled(endpoint, handled);
    } catch (error) {
      await this.#settle(endpoint, events, error).catch((reason: unknown) => this.#giveBack(events, reason));
    } finally {
      this.#running -= 1;
    }
  }

  failed(error: unknown): void {
    this.#services.handling.broken(this.endpoint, error);
  }

  /** Waits for no retry any more: what is held is tried without delay, and what fails then is given up. */
  expireRetries(): void {
    this.#expired.abort();
  }

  /** Drops what waits, and takes nothing more. */
  close(): void {
    this.expireRetries();
    this.#closed = true;
    const left = this.#services.queue.close(this.#part);
    if (left > 0) this.#services.handling.dropped(this.endpoint, left);
  }

  /** Events that are held keep their place, so that with a concurrency of 1 the order stays. */
  get #free(): number {
    return Number(this.endpoint.options.concurrency ?? 1) - this.#running - this.#held;
  }

  /** How many events the next transaction handles. */
  #share(): number {
    const part = this.#parts.pop();
    if (part !== undefined) return part;
    const { routine } = this.endpoint;
    if (isUsable(routine) && routine.kind === 'procedure') return 1;
    return this.#batchSize.of(Math.ceil(this.#part.waiting.length / this.#free));
  }

  /** Decides what becomes of events whose transaction failed. */
  async #settle(handler: Endpoint, events: readonly WaitingEvent[], error: unknown): Promise<void> {
    if (!(error instanceof WampError)) throw error;
    if (handler.id !== this.endpoint.id) {
      // Its transaction may have failed because its function went with it.
      this.#requeue(events);
      return;
    }
    const [event] = events;
    if (events.length > 1 || !event) {
      const size = events.length > smallPart ? smallPart : 1;
      for (let rest = events.length; rest > 0; rest -= size) this.#parts.push(size);
      this.#requeue(events);
      return;
    }
    event.failures += 1;
    const { handling } = this.#services;
    if (this.#expired.signal.aborted || event.failures > Number(this.endpoint.options.retries ?? 0)) {
      await handling.keepFailed(this.endpoint, event, error);
    } else {
      handling.failed(this.endpoint, error);
      this.#hold(events);
    }
  }

  /** Nothing is known to be wrong with the events: they wait for their next attempt, unless everything ends. */
  #giveBack(events: readonly WaitingEvent[], reason: unknown): void {
    if (reason instanceof StoppedError) this.#requeue(events);
    else {
      this.failed(reason);
      this.#hold(events);
    }
  }

  /** Holds events, and those behind them, for a pause. */
  #hold(events: readonly WaitingEvent[]): void {
    const [event] = events;
    if (!event) return;
    event.pause ??= backoff(pauses);
    this.#held += 1;
    this.#retrying += events.length;
    const release = () => {
      this.#held -= 1;
      this.#retrying -= events.length;
      this.#requeue(events);
      this.#services.scheduler.schedule(this);
    };
    event.pause.wait(this.#expired.signal).then(release, (error: unknown) => {
      this.failed(error);
      release();
    });
  }

  #requeue(events: readonly WaitingEvent[]): void {
    if (this.#closed) this.#services.handling.dropped(this.endpoint, events.length);
    else this.#services.queue.requeue(this.#part, events);
  }
}
