import type { WampError } from '@pgwamp/core';
import type { Endpoint, HandledEvent } from '@pgwamp/core/internal/functions';
import { EventQueue, type QueueLimit } from '../../src/event-queue.ts';
import { Scheduler } from '../../src/scheduler.ts';
import { type EventHandling, SubscriptionQueue } from '../../src/subscription-queue.ts';

/** The behavior of a model's handler for one transaction. It may throw. */
export type Handler = (numbers: readonly number[], endpoint: Endpoint) => Promise<void>;

/** Subscription queues with handlers of the test, and the outcomes of their events. Events are numbers. */
export interface QueueModel {
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly handling: EventHandling;
  /** Numbers that were handled, in their order, by subscription. */
  readonly handled: Map<string, number[]>;
  /** Transactions that were committed. */
  readonly transactions: number[][];
  readonly failed: { readonly number: number; readonly error: WampError }[];
  readonly tries: WampError[];
  readonly dropped: Map<string, number>;
  /** Failures that nobody expects. */
  readonly broken: unknown[];
  subscription(id: string, options?: Record<string, unknown>): SubscriptionQueue;
}

/** Makes a model; without a handler everything succeeds. */
export function queueModel(
  handle: Handler = async () => undefined,
  limit: Partial<QueueLimit> = {},
  concurrency = 8,
): QueueModel {
  const queue = new EventQueue({ events: 1000, overflow: 'drop_oldest', ...limit });
  const scheduler = new Scheduler(concurrency);
  const model = { handled: new Map(), transactions: [], failed: [], tries: [], dropped: new Map(), broken: [] } as Pick<
    QueueModel,
    'handled' | 'transactions' | 'failed' | 'tries' | 'dropped' | 'broken'
  >;
  const handling: EventHandling = {
    async handle(endpoint, events) {
      const numbers = events.map(numberOf);
      await handle(numbers, endpoint);
      model.transactions.push(numbers);
      model.handled.set(endpoint.id, [...(model.handled.get(endpoint.id) ?? []), ...numbers]);
      return { handled: events.length };
    },
    async keepFailed(_endpoint, event, error) {
      model.failed.push({ number: numberOf(event), error });
    },
    handled: () => undefined,
    failed: (_endpoint, error) => model.tries.push(error),
    dropped: ({ id }, count) => model.dropped.set(id, (model.dropped.get(id) ?? 0) + count),
    broken: (_endpoint, error) => model.broken.push(error),
  };
  return {
    ...model,
    queue,
    scheduler,
    handling,
    subscription: (id, options = {}) => new SubscriptionQueue(endpointOf(id, options), { queue, scheduler, handling }),
  };
}

/** An event that is a number. */
export function event(number: number): HandledEvent {
  return { args: [number], kwargs: {}, details: {} };
}

/** Adds the events `from` to `to`. */
export function fill(subscription: SubscriptionQueue, from: number, to: number): void {
  for (let number = from; number <= to; number += 1) subscription.add(event(number));
}

/** The numbers `from` to `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function numberOf({ args }: HandledEvent): number {
  return args[0] as number;
}

/** A subscription of `com.example.topic`. */
export function endpointOf(id: string, options: Record<string, unknown>): Endpoint {
  return {
    id,
    kind: 'subscription',
    uri: 'com.example.topic',
    match: 'exact',
    signature: 'public.handler()',
    role: null,
    options,
    routine: { problem: 'the model has none' },
  };
}
