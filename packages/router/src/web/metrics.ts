import { createRequire } from 'node:module';
import type { Registry } from '@prometheus-io/client';
import type { RouterStats } from '../stats.ts';

type NumberOf = Exclude<keyof RouterStats, 'sessionsEnded'>;

const GAUGES: readonly (readonly [name: string, stat: NumberOf, help: string])[] = [
  ['connections', 'connections', 'Open connections, including those that have not sent HELLO yet.'],
  ['sessions', 'sessions', 'Joined sessions.'],
  ['subscriptions', 'subscriptions', 'Subscriptions.'],
  ['registrations', 'registrations', 'Registrations.'],
  ['retained_events', 'retainedEvents', 'Events kept for later subscribers.'],
  ['pending_calls', 'pendingCalls', 'Calls that wait for their result.'],
];

const COUNTERS: readonly (readonly [name: string, stat: NumberOf, help: string])[] = [
  ['messages_received_total', 'messagesIn', 'Messages received.'],
  ['messages_sent_total', 'messagesOut', 'Messages sent.'],
  ['publications_total', 'publications', 'Publications accepted.'],
  ['events_total', 'events', 'EVENT messages sent.'],
  ['calls_total', 'calls', 'Calls passed on to a callee.'],
  ['requests_refused_total', 'refused', 'Requests refused by the router.'],
  ['sessions_opened_total', 'sessionsOpened', 'Sessions that have joined.'],
];

const PREFIX = 'wamp_router_';

/** Loaded on demand: most routers expose no metrics. */
function client(): typeof import('@prometheus-io/client') {
  return createRequire(import.meta.url)('@prometheus-io/client');
}

function addGauge(registers: [Registry], read: () => number, name: string, help: string): void {
  const { Gauge } = client();
  new Gauge({
    name: PREFIX + name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

function addCounter(registers: [Registry], read: () => number, name: string, help: string): void {
  const { Counter } = client();
  new Counter({
    name: PREFIX + name,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function addEnded(registers: [Registry], stats: () => RouterStats): void {
  const { Counter } = client();
  new Counter({
    name: `${PREFIX}sessions_ended_total`,
    help: 'Sessions that have ended, by cause.',
    labelNames: ['cause'],
    registers,
    collect() {
      this.reset();
      for (const [cause, count] of Object.entries(stats().sessionsEnded)) this.inc({ cause }, count);
    },
  });
}

/**
 * The statistics of a router as metrics. They are read at each scrape.
 *
 * @example
 * ```ts
 * const metrics = routerMetrics(() => router.stats());
 * console.log(await metrics.metrics());
 * ```
 */
export function routerMetrics(stats: () => RouterStats): Registry {
  const { Registry } = client();
  const registry = new Registry();
  for (const [name, stat, help] of GAUGES) addGauge([registry], () => stats()[stat], name, help);
  for (const [name, stat, help] of COUNTERS) addCounter([registry], () => stats()[stat], name, help);
  addEnded([registry], stats);
  return registry;
}
