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
        help: 'Bytes of WAL that are not delivered to all sinks.',
        read: () => status().lag.bytes,
      },
      pgwamp_proxy_retained_bytes: {
        help: 'Bytes of WAL that PostgreSQL retains for the slot.',
        read: () => status().lag.retained,
      },
    },
  };
}

/** The status of a sink as metrics, which have a label more: `sink`. */
export function sinkMetrics(status: () => SinkStatus, { latency }: SinkState, lag: () => number): ComponentMetrics {
  return {
    counters: {
      pgwamp_proxy_confirmed_total: { help: 'Messages that the broker has confirmed.', read: () => status().confirmed },
      pgwamp_proxy_refused_total: { help: 'Messages that the broker has refused.', read: () => status().refused },
      pgwamp_proxy_parked_total: { help: 'Messages that were parked.', read: () => status().parked },
      pgwamp_proxy_discarded_total: { help: 'Refused messages that were not kept.', read: () => status().discarded },
      pgwamp_proxy_dropped_total: {
        help: 'Notifications that were dropped, since they came faster than the sink took them.',
        read: () => status().dropped,
      },
      pgwamp_proxy_retries_total: { help: 'Parked messages that were sent again.', read: () => status().retried },
      pgwamp_proxy_repeated_total: {
        help: 'Messages that were sent again after a loss; the broker may have them twice.',
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
        help: '1 while the broker is down for longer than down_after, else 0.',
        read: () => (status().downSince ? 1 : 0),
      },
      pgwamp_proxy_in_flight: {
        help: 'Messages that wait for the confirmation of the broker.',
        read: () => status().inFlight,
      },
      pgwamp_proxy_cursor_lag_bytes: { help: 'Bytes of WAL that are not delivered to this sink.', read: lag },
      pgwamp_proxy_idle_seconds: {
        help: 'Seconds since the broker confirmed something last; 0 before the first time.',
        read: () => idleSeconds(status()),
      },
    },
  };
}

function idleSeconds({ lastConfirmedAt }: SinkStatus): number {
  return lastConfirmedAt ? (Date.now() - lastConfirmedAt.getTime()) / 1000 : 0;
}
