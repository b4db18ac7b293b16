import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { GatewayStatus } from './status.ts';

/** The status of a Gateway as metrics. */
export function gatewayMetrics(status: () => GatewayStatus): ComponentMetrics {
  const counter = (name: keyof GatewayStatus, help: string) => ({ help, read: () => status()[name] as number });
  return {
    counters: {
      pgwamp_gateway_messages_in_total: counter('messagesIn', 'Messages received from PostgreSQL.'),
      pgwamp_gateway_bytes_in_total: counter('bytesIn', 'Bytes of messages received from PostgreSQL.'),
      pgwamp_gateway_messages_out_total: counter('messagesOut', 'Messages sent to clients.'),
      pgwamp_gateway_bytes_out_total: counter('bytesOut', 'Bytes of messages sent to clients.'),
      pgwamp_gateway_frames_in_total: counter('framesIn', 'Frames received from clients.'),
      pgwamp_gateway_slow_closes_total: counter('slowCloses', 'Clients closed because they read too slowly.'),
      pgwamp_gateway_dropped_total: counter('dropped', 'Messages not sent because clients read too slowly.'),
      pgwamp_gateway_gaps_total: counter('gaps', 'Gaps reported to clients.'),
      pgwamp_gateway_resumes_exact_total: counter('exactResumes', 'Channels resumed without a gap.'),
      pgwamp_gateway_resumes_gap_total: counter('gapResumes', 'Channels resumed with a gap.'),
      pgwamp_gateway_reconnects_total: counter('reconnects', 'Losses and failed attempts to connect.'),
    },
    gauges: {
      pgwamp_gateway_running: { help: '1 while it runs, else 0.', read: () => (status().state === 'running' ? 1 : 0) },
      pgwamp_gateway_clients: counter('clients', 'Connected clients.'),
      pgwamp_gateway_listen_seconds: {
        help: 'Time until LISTEN was in force for the most recently opened channel.',
        read: () => status().listenLatency / 1000,
      },
      pgwamp_gateway_channels: counter('channels', 'Open channels.'),
    },
  };
}
