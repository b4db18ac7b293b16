import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { CallerStatus } from './status.ts';

/** The status of a Caller as metrics. */
export function callerMetrics(status: () => CallerStatus): ComponentMetrics {
  return {
    counters: {
      pgwamp_caller_calls_total: { help: 'Calls that backends have made.', read: () => status().calls },
      pgwamp_caller_failed_total: {
        help: 'Calls that ended with an error, were canceled or lost.',
        read: () => status().failed,
      },
      pgwamp_caller_async_calls_total: {
        help: 'Asynchronous calls that were begun, those that were begun again included.',
        read: () => status().async.calls,
      },
      pgwamp_caller_async_failed_total: {
        help: 'Asynchronous calls that failed for good.',
        read: () => status().async.failed,
      },
      pgwamp_caller_failed_handlers_total: {
        help: 'Handlers of asynchronous calls that failed for good.',
        read: () => status().async.failedHandlers,
      },
      pgwamp_caller_reconnects_total: {
        help: 'Losses and failed attempts to connect.',
        read: () => status().reconnects,
      },
    },
    gauges: {
      pgwamp_caller_running: {
        help: '1 while it runs, else 0.',
        read: () => (status().state === 'running' ? 1 : 0),
      },
      pgwamp_caller_connections: {
        help: 'Backends that are connected to the link.',
        read: () => status().link?.connections ?? 0,
      },
      pgwamp_caller_in_flight: { help: 'Calls that are not answered yet.', read: () => status().inFlight },
      pgwamp_caller_async_in_flight: {
        help: 'Asynchronous calls that are under way, until their handlers have ended.',
        read: () => status().async.inFlight,
      },
    },
  };
}
