/**
 * The Proxy: what PostgreSQL says with NOTIFY, what SQL publishes, and what becomes of rows, to message brokers and webhooks.
 *
 * @module
 */
export type { OpenSink, OpenSinkOf, OutgoingMessage, SinkContext } from './sinks/sink.ts';
