import type { Logger, Part } from '@pgwamp/core/internal/component';
import type { FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { EventQueue } from './event-queue.ts';
import type { Handling } from './handling.ts';
import type { Scheduler } from './scheduler.ts';
import type { Subscriptions } from './subscriptions.ts';

/** The objects that the parts of a running Subscriber share. */
export interface SubscriberContext {
  readonly database: Part<FunctionHost>;
  readonly session: Part<EndpointSession>;
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly handling: Handling;
  readonly subscriptions: Subscriptions;
  /** Aborts when no more events are handled. */
  readonly end: AbortController;
  readonly log: Logger;
}
