import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { CalleeStatus } from './status.ts';

/** The status of a Callee as metrics. */
export function calleeMetrics(status: () => CalleeStatus): ComponentMetrics {
  return {
    counters: {
      pgwamp_callee_calls_total: { help: 'Calls that were answered or are in flight.', read: () => status().calls },
      pgwamp_callee_failed_total: { help: 'Calls that were answered with an error.', read: () => status().failed },
      pgwamp_callee_reconnects_total: {
        help: 'Losses and failed attempts to connect.',
        read: () => status().reconnects,
      },
    },
    gauges: {
      pgwamp_callee_running: {
        help: '1 while it runs, else 0.',
        read: () => (status().state === 'running' ? 1 : 0),
      },
      pgwamp_callee_registrations: {
        help: 'Registrations that the router has.',
        read: () => status().registrations.registered,
      },
      pgwamp_callee_refused_registrations: {
        help: 'Registrations that the router refuses, because another callee has them for instance.',
        read: () => status().registrations.refused,
      },
      pgwamp_callee_unusable_registrations: {
        help: 'Registrations whose function cannot be called.',
        read: () => status().registrations.unusable,
      },
      pgwamp_callee_in_flight: { help: 'Calls that are not answered yet.', read: () => status().inFlight },
      pgwamp_callee_busy_connections: { help: 'Connections that run a function.', read: () => status().pool.busy },
      pgwamp_callee_waiting_calls: { help: 'Calls that wait for a connection.', read: () => status().pool.waiting },
    },
  };
}
