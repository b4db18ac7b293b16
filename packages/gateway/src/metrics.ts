import type { ComponentMetrics } from '@pgwamp/core/internal/component';
import type { GatewayStatus } from './status.ts';

/** The status of a Gateway as metrics. */
export function gatewayMetrics(status: () => GatewayStatus): ComponentMetrics {
  const counter = (name: keyof GatewayStatus, help: string) => ({ help, read: () => status()[name] as number });
  return {
    counters: {
      pgwamp_gateway_messages_in_total: counter('messagesIn', 'Messages that PostgreSQL has sent.'),
      pgwamp_gateway_bytes_in_total: counter('bytesIn', 'Bytes of the messages that PostgreSQL has sent.'),
      pgwamp_gateway_messages_out_total: counter('messagesOut', 'Messages that clients were sent.'),
      pgwamp_gateway_bytes_out_total: counter('bytesOut', 'Bytes of the messages that clients were sent.'),
      pgwamp_gateway_frames_in_total: counter('framesIn', 'Frames that clients have sent.'),
      pgwamp_gateway_slow_closes_total: counter('slowCloses', 'Clients that were closed since they read too slowly.'),
      pgwamp_gateway_dropped_total: counter('dropped', 'Messages that were not sent to clients that read too slowly.'),
      pgwamp_gateway_gaps_total: counter('gaps', 'Gaps that clients were told.'),
      pgwamp_gateway_resumes_exact_total: counter('exactResumes', 'Channels that were resumed without a gap.'),
      pgwamp_gateway_resumes_gap_total: counter('gapResumes', 'Channels that were resumed with a gap.'),
      pgwamp_gateway_reconnects_total: counter('reconnects', 'Losses and failed attempts to connect.'),
    },
    gauges: {
      pgwamp_gateway_running: { help: '1 while it runs, else 0.', read: () => (status().state === 'running' ? 1 : 0) },
      pgwamp_gateway_clients: counter('clients', 'Clients that are connected.'),
      pgwamp_gateway_listen_seconds: {
        help: 'Time that it took to listen to the channel that was opened last.',
        read: () => status().listenLatency / 1000,
      },
      pgwamp_gateway_channels: counter('channels', 'Channels that are listened to.'),
    },
  };
}
