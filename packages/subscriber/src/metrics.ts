import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { SubscriberStatus } from './status.ts';

/** The status of a Subscriber as metrics. */
export function subscriberMetrics(status: () => SubscriberStatus): ComponentMetrics {
  return {
    counters: {
      pgwamp_subscriber_events_total: { help: 'Events that were handled.', read: () => status().events },
      pgwamp_subscriber_failed_total: { help: 'Events whose handler failed for good.', read: () => status().failed },
      pgwamp_subscriber_dropped_total: { help: 'Events that were not handled.', read: () => status().dropped },
      pgwamp_subscriber_reconnects_total: {
        help: 'Losses and failed attempts to connect.',
        read: () => status().reconnects,
      },
    },
    gauges: {
      pgwamp_subscriber_running: {
        help: '1 while it runs, else 0.',
        read: () => (status().state === 'running' ? 1 : 0),
      },
      pgwamp_subscriber_subscriptions: {
        help: 'Subscriptions that the router has.',
        read: () => status().subscriptions.subscribed,
      },
      pgwamp_subscriber_refused_subscriptions: {
        help: 'Subscriptions that the router refuses.',
        read: () => status().subscriptions.refused,
      },
      pgwamp_subscriber_unusable_subscriptions: {
        help: 'Subscriptions whose function cannot be called.',
        read: () => status().subscriptions.unusable,
      },
      pgwamp_subscriber_waiting_events: { help: 'Events that wait for their handler.', read: () => status().waiting },
      pgwamp_subscriber_busy_connections: { help: 'Connections that handle events.', read: () => status().pool.busy },
    },
  };
}
