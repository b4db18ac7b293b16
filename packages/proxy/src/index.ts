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
export type { OpenSink, OutgoingMessage, SinkContext } from './sinks/sink.ts';
export type { Origin } from './sources/source-message.ts';
