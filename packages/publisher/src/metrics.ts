import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { PublisherStatus } from './status.ts';

/** The status of a Publisher as metrics. */
export function publisherMetrics(status: () => PublisherStatus): ComponentMetrics {
  return {
    counters: {
      pgwamp_publisher_published_total: {
        help: 'Publications that the router has acknowledged.',
        read: () => status().published,
      },
      pgwamp_publisher_refused_total: { help: 'Publications that the router refused.', read: () => status().refused },
      pgwamp_publisher_dropped_total: {
        help: 'Publications dropped by delivery notify.',
        read: () => status().dropped,
      },
      pgwamp_publisher_reconnects_total: {
        help: 'Losses and failed attempts to connect.',
        read: () => status().reconnects,
      },
    },
    gauges: {
      pgwamp_publisher_running: {
        help: '1 while it runs, else 0.',
        read: () => (status().state === 'running' ? 1 : 0),
      },
      pgwamp_publisher_in_flight: {
        help: 'Publications that wait for the answer of the router.',
        read: () => status().inFlight,
      },
      pgwamp_publisher_lag_bytes: {
        help: 'Bytes of WAL that PostgreSQL has written and the router has not confirmed.',
        read: () => status().lag.bytes,
      },
      pgwamp_publisher_outbox_rows: { help: 'Publications in the outbox.', read: () => status().lag.rows },
    },
  };
}
