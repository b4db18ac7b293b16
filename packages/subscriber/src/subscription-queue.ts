import { StoppedError, WampError } from '@pgwamp/core';
import { backoff } from '@pgwamp/core/internal/component';
import { type Endpoint, type Handled, type HandledEvent, isUsable } from '@pgwamp/core/internal/functions';
import { BatchSize } from './batch-size.ts';
import type { EventQueue, QueuePart, WaitingEvent } from './event-queue.ts';
import type { Scheduler, Task } from './scheduler.ts';
import type { SubscriptionBacklog } from './status.ts';

/** Milliseconds between two attempts of an event. */
const pauses = { first: 100, max: 10_000 };

/**
 * Number of events in each part when a large failed transaction is split. If it were halved repeatedly, handlers that
 * cannot share a transaction would run nine times as often as necessary.
 */
const smallPart = 16;

/** Handles events and records their outcome. */
export interface EventHandling {
  /**
   * Handles events in one transaction. Waits for PostgreSQL without a time limit.
   *
   * @throws `WampError` if the handler failed; `StoppedError` when no more events are handled.
   */
  handle(endpoint: Endpoint, events: readonly HandledEvent[]): Promise<Handled>;
  /**
   * Stores an event whose handler finally failed, unless another Subscriber of its queue group has handled or stored
   * it.
   *
   * @throws `StoppedError`.
   */
  keepFailed(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<void>;
  /** Counts events that this process has handled. */
  handled(endpoint: Endpoint, count: number): void;
  /** Counts a failure of a handler that is retried. */
  failed(endpoint: Endpoint, error: WampError): void;
  /** Counts dropped events: the queue was full, or the subscription or the component ended. */
  dropped(endpoint: Endpoint, count: number): void;
  /** Reports a failure that was not caused by the handler. The events are retried. */
  broken(endpoint: Endpoint, error: unknown): void;
}

/** The services that the queues of all subscriptions share. */
export interface QueueServices {
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly handling: EventHandling;
}

/**
 * The events of one subscription, which are handled in order unless the option `concurrency` is greater than 1.
 *
 * The steps of an event:
 * 1. `add` puts it into this subscription's part of the `EventQueue`, and schedules this queue at the `Scheduler`.
 * 2. When a connection is free, and the other subscriptions had their turn, the scheduler calls `run`.
 * 3. `run` takes the waiting events, up to the target duration of a transaction, and passes them to `Handling`, which
 * passes them to the executor.
 * 4. If the transaction fails, its events are put back and handled in smaller transactions, finally one by one, so that
 * each has its own outcome.
 * 5. An event that fails alone waits for a pause, together with the events behind it, and is retried. After `retries`
 * attempts, it is stored in `crossbar.failed_event`. Other subscriptions do not wait for it.
 */
export class SubscriptionQueue implements Task {
  /** The current subscription. It changes when another subscription replaces it. */
  endpoint: Endpoint;
  readonly #services: QueueServices;
  readonly #part: QueuePart;
  readonly #expired = new AbortController();
  readonly #batchSize = new BatchSize();
  /** Number of running transactions. */
  #running = 0;
  /** Number of transactions that wait for their next attempt, and the number of their events. */
  #held = 0;
  #retrying = 0;
  /** The numbers of events of the next transactions, in reverse order: the parts of a failed transaction. */
  readonly #parts: number[] = [];
  #closed = false;

  constructor(endpoint: Endpoint, services: QueueServices) {
    this.endpoint = endpoint;
    this.#services = services;
    this.#part = services.queue.open((count) => services.handling.dropped(this.endpoint, count));
  }

  /** Whether an event can be handled now. */
  get ready(): boolean {
    return this.#part.waiting.length > 0 && this.#free > 0 && !this.#closed;
  }

  /** Its unhandled events. */
  get backlog(): SubscriptionBacklog {
    const { id, uri, match } = this.endpoint;
    return { subscription: id, uri, match, waiting: this.#part.waiting.length, retrying: this.#retrying };
  }

  /** Adds an event from the session. */
  add(event: HandledEvent): void {
    if (this.#closed) return;
    this.#services.queue.add(this.#part, event);
    this.#services.scheduler.schedule(this);
  }

  /** Handles waiting events in one transaction. */
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

  /** Ends all pauses: held events are retried immediately, and events that fail then are given up. */
  expireRetries(): void {
    this.#expired.abort();
  }

  /** Drops the waiting events and accepts no more. */
  close(): void {
    this.expireRetries();
    this.#closed = true;
    const left = this.#services.queue.close(this.#part);
    if (left > 0) this.#services.handling.dropped(this.endpoint, left);
  }

  /** The concurrency that is not in use. Held events count as running, so with a concurrency of 1 the order is kept. */
  get #free(): number {
    return Number(this.endpoint.options.concurrency ?? 1) - this.#running - this.#held;
  }

  /** The number of events for the next transaction. */
  #share(): number {
    const part = this.#parts.pop();
    if (part !== undefined) return part;
    const { routine } = this.endpoint;
    if (isUsable(routine) && routine.kind === 'procedure') return 1;
    return this.#batchSize.of(Math.ceil(this.#part.waiting.length / this.#free));
  }

  /** Processes the failure of a transaction. */
  async #settle(handler: Endpoint, events: readonly WaitingEvent[], error: unknown): Promise<void> {
    if (!(error instanceof WampError)) throw error;
    if (handler.id !== this.endpoint.id) {
      // The transaction may have failed because its function was dropped together with the former subscription.
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

  /** The failure was not caused by the events: they wait for the next attempt, unless the Subscriber is stopping. */
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
