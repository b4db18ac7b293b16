/**
 * The Proxy: what PostgreSQL says with NOTIFY, what SQL publishes, and what becomes of rows, to message brokers and webhooks.
 *
 * @module
 */
export {
  type ProxyConfiguration,
  type ProxyOptions,
  parseProxyConfiguration,
  proxyConfiguration,
} from './configuration.ts';
export type { RouteOptions } from './routing/route-options.ts';
export { createRouting, type Routed, type Routing } from './routing/routing.ts';
export type { OpenSink, OpenSinkOf, OutgoingMessage, SinkContext } from './sinks/sink.ts';
export { openSink, type SinkOptions } from './sinks/sink-options.ts';
export type {
  ChangeMessage,
  ChannelMessage,
  Origin,
  SourceMessage,
  TopicMessage,
  Wal2jsonMessage,
} from './sources/source-message.ts';
export type { SourceOptions } from './sources/source-options.ts';
