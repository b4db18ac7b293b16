import { aborted, type Logger, type Part, type RunContext, type UseContext } from '@pgwamp/core/internal/component';
import type { FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { SubscriberConfiguration } from './configuration.ts';
import type { SubscriberContext } from './context.ts';
import { EventQueue } from './event-queue.ts';
import { type EventCounts, Handling } from './handling.ts';
import { Scheduler } from './scheduler.ts';
import { Subscriptions } from './subscriptions.ts';

/** Milliseconds between two attempts to subscribe to what the router has refused. */
const retryInterval = 1000;

/** The parts of a Subscriber. */
interface SubscriberParts {
  readonly database: Part<FunctionHost>;
  readonly session: Part<EndpointSession>;
}

/** What a Subscriber begins a run with: no subscriptions, and no events. */
export function newContext(
  { database, session }: SubscriberParts,
  { extra }: SubscriberConfiguration,
  counts: EventCounts,
  log: Logger,
): SubscriberContext {
  const end = new AbortController();
  const queue = new EventQueue(extra.queue);
  const scheduler = new Scheduler(extra.pool.size);
  const handling = new Handling(database, counts, log, end.signal);
  const subscriptions = new Subscriptions({ queue, scheduler, handling }, database, log);
  return { database, session, queue, scheduler, handling, subscriptions, end, log };
}

/**
 * Handles events until it is told to stop. Database and session are kept side by side: events that have come are handled while the
 * router is away, and events come while PostgreSQL is.
 *
 * @throws only what retrying cannot fix.
 */
export function serve(context: SubscriberContext, { stop, cut }: RunContext): Promise<void> {
  const { database, session, scheduler, subscriptions, end } = context;
  scheduler.pause();
  return database.keepWhile(
    (host, use) => followEndpoints(host, use, context),
    async (failed) => {
      try {
        await session.keep((joined, use) => receiveEvents(joined, use, context), AbortSignal.any([stop, failed]));
        if (!failed.aborted) await drain(context, cut);
      } finally {
        subscriptions.close();
        end.abort();
      }
    },
  );
}

/** Keeps the subscriptions as the database has them, and lets events be handled. */
async function followEndpoints(
  host: FunctionHost,
  { until, ready }: UseContext,
  { scheduler, subscriptions, handling }: SubscriberContext,
): Promise<void> {
  let isFirst = true;
  try {
    for await (const changes of host.changes(until)) {
      if (isFirst) {
        scheduler.resume();
        handling.tell(host);
        await subscriptions.replace(changes.changed);
      } else await subscriptions.change(changes);
      isFirst = false;
      ready();
    }
  } finally {
    if (!until.aborted) scheduler.pause();
    else {
      // What is in hand is cancelled, which is the last that there is to tell.
      scheduler.resume();
      await scheduler.idle();
      handling.tell(host);
    }
  }
}

/** Subscribes to everything in a session that is new, and takes its events. */
async function receiveEvents(
  session: EndpointSession,
  { until, ready }: UseContext,
  { queue, subscriptions }: SubscriberContext,
): Promise<void> {
  queue.attach(session);
  try {
    await subscriptions.join(session);
    session.lost.throwIfAborted();
    ready();
    const timer = setInterval(() => subscriptions.retry(), retryInterval);
    await aborted(AbortSignal.any([until, session.lost]));
    clearInterval(timer);
  } finally {
    subscriptions.leave();
    // What is paused would not hear the answer to GOODBYE.
    session.resume();
  }
}

/** Handles the events that wait, for as long as there is time. */
async function drain({ subscriptions, scheduler, queue, log }: SubscriberContext, cut: AbortSignal): Promise<void> {
  subscriptions.expireRetries();
  await Promise.race([scheduler.idle(), aborted(cut)]);
  if (queue.size > 0) log.error({ events: queue.size }, 'stopped before all events were handled');
}
