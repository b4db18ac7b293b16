/**
 * The Gateway: sends NOTIFY messages, publications of SQL and row changes to plain WebSockets and server-sent events.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export * from './compatibility/index.ts';
export {
  type GatewayConfiguration,
  type GatewayOptions,
  gatewayConfiguration,
  parseGatewayConfiguration,
} from './configuration.ts';
export type {
  Access,
  Client,
  Feed,
  FeedEvents,
  FeedMessage,
  Listening,
  PageAnswer,
  Pages,
  Receiver,
} from './context.ts';
export {
  ChannelRefusedError,
  GatewayListenError,
  GatewayPublicationError,
  LogUnavailableError,
  ReceiveError,
  TokenRefusedError,
  TooManyAttemptsError,
} from './errors.ts';
export { Gateway, type GatewayEnvironment } from './gateway.ts';
export type { GatewayStatus } from './status.ts';
