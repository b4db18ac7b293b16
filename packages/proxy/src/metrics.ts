import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { SinkState } from './delivery/sink-state.ts';
import type { ProxyStatus, SinkStatus } from './status.ts';

/** The status of a Proxy as metrics. */
export function proxyMetrics(status: () => ProxyStatus): ComponentMetrics {
  return {
    counters: {
      pgwamp_proxy_reconnects_total: {
        help: 'Losses and failed attempts to connect.',
        read: () => status().reconnects,
      },
      pgwamp_proxy_gaps_total: { help: 'Times that notifications may have been missed.', read: () => status().gaps },
    },
    gauges: {
      pgwamp_proxy_running: {
        help: '1 while it runs, else 0.',
        read: () => (status().state === 'running' ? 1 : 0),
      },
      pgwamp_proxy_paused: { help: '1 while it is paused, else 0.', read: () => (status().paused ? 1 : 0) },
      pgwamp_proxy_lag_bytes: {
        help: 'Bytes of WAL not yet delivered to all sinks.',
        read: () => status().lag.bytes,
      },
      pgwamp_proxy_retained_bytes: {
        help: 'Bytes of WAL that PostgreSQL retains for the slot.',
        read: () => status().lag.retained,
      },
    },
  };
}

/** The status of a sink as metrics with the additional label `sink`. */
export function sinkMetrics(status: () => SinkStatus, { latency }: SinkState, lag: () => number): ComponentMetrics {
  return {
    counters: {
      pgwamp_proxy_confirmed_total: { help: 'Messages confirmed by the broker.', read: () => status().confirmed },
      pgwamp_proxy_refused_total: { help: 'Messages refused by the broker.', read: () => status().refused },
      pgwamp_proxy_parked_total: { help: 'Parked messages.', read: () => status().parked },
      pgwamp_proxy_discarded_total: { help: 'Refused messages that were discarded.', read: () => status().discarded },
      pgwamp_proxy_dropped_total: {
        help: 'Notifications dropped because they arrived faster than the sink accepted them.',
        read: () => status().dropped,
      },
      pgwamp_proxy_retries_total: { help: 'Parked messages that were sent again.', read: () => status().retried },
      pgwamp_proxy_repeated_total: {
        help: 'Messages sent again after a connection loss; the broker may have received them twice.',
        read: () => status().repeated,
      },
      pgwamp_proxy_ingestion_seconds_total: {
        help: 'Time from commit to reading, summed over confirmed messages.',
        read: () => latency.ingestion / 1000,
      },
      pgwamp_proxy_internal_seconds_total: {
        help: 'Time from reading to confirmation, summed over confirmed messages.',
        read: () => latency.internal / 1000,
      },
      pgwamp_proxy_delivery_seconds_total: {
        help: 'Time from commit to confirmation, summed over confirmed messages.',
        read: () => latency.delivery / 1000,
      },
    },
    gauges: {
      pgwamp_proxy_connected: {
        help: '1 while the broker is connected, else 0.',
        read: () => (status().connected ? 1 : 0),
      },
      pgwamp_proxy_down: {
        help: '1 while the broker has been down for longer than down_after, else 0.',
        read: () => (status().downSince ? 1 : 0),
      },
      pgwamp_proxy_in_flight: {
        help: 'Messages that wait for a confirmation of the broker.',
        read: () => status().inFlight,
      },
      pgwamp_proxy_cursor_lag_bytes: { help: 'Bytes of WAL not yet delivered to this sink.', read: lag },
      pgwamp_proxy_idle_seconds: {
        help: 'Seconds since the last confirmation of the broker; 0 before the first one.',
        read: () => idleSeconds(status()),
      },
    },
  };
}

function idleSeconds({ lastConfirmedAt }: SinkStatus): number {
  return lastConfirmedAt ? (Date.now() - lastConfirmedAt.getTime()) / 1000 : 0;
}
