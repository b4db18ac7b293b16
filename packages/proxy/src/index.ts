/**
 * The Proxy: sends NOTIFY messages, publications of SQL and row changes to message brokers and webhooks.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export { readPgEventProxy } from './compatibility/pg-event-proxy.ts';
export {
  type ProxyConfiguration,
  type ProxyOptions,
  parseProxyConfiguration,
  proxyConfiguration,
} from './configuration.ts';
export {
  BrokerRefusedError,
  BrokerUnreachableError,
  LogUnreadableError,
  MessageHeldError,
  PackageMissingError,
  ProxyPublicationError,
  RoutesUnusableError,
  SlotLostError,
} from './errors.ts';
export { Proxy } from './proxy.ts';
export type { Routed } from './routing/routing.ts';
export type { OpenSink, OpenSinkOf, OutgoingMessage, SinkContext } from './sinks/sink.ts';
export type { Origin, Wal2jsonMessage } from './sources/source-message.ts';
export type { ProxyStatus, SinkStatus } from './status.ts';
