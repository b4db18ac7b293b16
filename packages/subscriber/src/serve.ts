import { setTimeout as sleep } from 'node:timers/promises';
import type { Life, Logger } from '@pgwamp/core/internal/component';
import type { SubscriberConfiguration } from './configuration.ts';
import { CurrentHost } from './current-desk.ts';
import { EventQueue } from './event-queue.ts';
import { type EventCounts, Handling } from './handling.ts';
import { keepHost } from './keep-desk.ts';
import { keepSession } from './keep-session.ts';
import { Scheduler } from './scheduler.ts';
import { Subscriptions } from './subscriptions.ts';

/** What a Subscriber tells of itself. */
export interface Progress {
  readonly counts: EventCounts;
  /** While it serves. */
  serving: Serving | undefined;
}

/** What the parts of one time to serve share. */
export interface Serving {
  readonly configuration: SubscriberConfiguration;
  readonly log: Logger;
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly handling: Handling;
  readonly subscriptions: Subscriptions;
  readonly hosts: CurrentHost;
  session: { readonly id: number } | undefined;
  /** Tells that something was lost. */
  lost(error: Error): void;
  /** Tells that it runs, once there are a host and a session and the router has answered. */
  ready(): void;
}

/**
 * Serves until told to stop. FunctionHost and session are kept each for itself: events that have come are handled while the router is away, and
 * they come while PostgreSQL is.
 *
 * @throws what trying again cannot mend.
 */
export async function serve(
  configuration: SubscriberConfiguration,
  progress: Progress,
  life: Life,
  log: Logger,
): Promise<void> {
  const end = new AbortController();
  const failed = new AbortController();
  const serving = begin(configuration, progress.counts, life, log, end.signal);
  progress.serving = serving;
  const host = keepHost(serving, end.signal);
  host.catch(() => failed.abort());
  try {
    await keepSession(serving, AbortSignal.any([life.stop, failed.signal]));
    if (!failed.signal.aborted) await drain(serving);
  } finally {
    serving.subscriptions.close();
    end.abort();
    await host;
    progress.serving = undefined;
  }
}

function begin(
  configuration: SubscriberConfiguration,
  counts: EventCounts,
  life: Life,
  log: Logger,
  end: AbortSignal,
): Serving {
  const { pool, queue: limit } = configuration.extra;
  const hosts = new CurrentHost();
  const queue = new EventQueue(limit);
  const scheduler = new Scheduler(pool.size);
  scheduler.pause();
  const handling = new Handling(hosts, counts, log, end);
  const subscriptions = new Subscriptions({ queue, scheduler, handling }, hosts, log);
  const serving: Serving = {
    ...{ configuration, log, queue, scheduler, handling, subscriptions, hosts, session: undefined },
    lost: (error) => life.reconnecting(error),
    ready: () => {
      if (hosts.host && serving.session && subscriptions.answered) life.running();
    },
  };
  return serving;
}

/** Gives the events that wait a bounded time. */
async function drain({ configuration, subscriptions, scheduler, queue, log }: Serving): Promise<void> {
  subscriptions.expireRetries();
  const timer = new AbortController();
  const late = sleep(configuration.extra.drain, true, { signal: timer.signal }).catch(() => false);
  await Promise.race([scheduler.idle(), late]);
  timer.abort();
  if (queue.size > 0) log.error({ events: queue.size }, 'stopped before all events were handled');
}
