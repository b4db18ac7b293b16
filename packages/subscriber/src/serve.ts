import { aborted, type Logger, type Part, type RunContext, type UseContext } from '@pgwamp/core/internal/component';
import type { FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { SubscriberConfiguration } from './configuration.ts';
import type { SubscriberContext } from './context.ts';
import { EventQueue } from './event-queue.ts';
import { type EventCounts, Handling } from './handling.ts';
import { Scheduler } from './scheduler.ts';
import { Subscriptions } from './subscriptions.ts';

/** Milliseconds between two attempts to make refused subscriptions. */
const retryInterval = 1000;

/** The parts of a Subscriber. */
interface SubscriberParts {
  readonly database: Part<FunctionHost>;
  readonly session: Part<EndpointSession>;
}

/** Creates the initial context of a run, without subscriptions and events. */
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
 * Handles events until `stop`. Database and session are independent: received events are handled while the router is
 * away, and events are received while PostgreSQL is away.
 *
 * @throws only errors that retrying cannot fix.
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

/** Applies changes of the database to the subscriptions, and lets events be handled. */
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
        handling.reportDropped(host);
        await subscriptions.replace(changes.changed);
      } else await subscriptions.change(changes);
      isFirst = false;
      ready();
    }
  } finally {
    if (!until.aborted) scheduler.pause();
    else {
      // Running handlers are canceled. Their results are the last ones to report.
      scheduler.resume();
      await scheduler.idle();
      handling.reportDropped(host);
    }
  }
}

/** Makes all subscriptions in a new session, and receives its events. */
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
    // A paused session would not receive the answer to GOODBYE.
    session.resume();
  }
}

/** Handles the waiting events until the time limit. */
async function drain({ subscriptions, scheduler, queue, log }: SubscriberContext, cut: AbortSignal): Promise<void> {
  subscriptions.expireRetries();
  await Promise.race([scheduler.idle(), aborted(cut)]);
  if (queue.size > 0) log.error({ events: queue.size }, 'stopped before all events were handled');
}
