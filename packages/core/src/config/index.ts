/**
 * Configuration: Crossbar.io's JSON, checked at the edge, frozen, and passed down as values.
 *
 * @module
 */
export { type AuthenticationConfiguration, authentication } from './authentication.ts';
export { component } from './component.ts';
export { type DatabaseConfiguration, database } from './database.ts';
export { type EndpointsConfiguration, endpoints } from './endpoints.ts';
export { type Environment, withEnvironment } from './environment.ts';
export { milliseconds, mostMilliseconds } from './milliseconds.ts';
export { jsonSchema, parseConfiguration } from './parse.ts';
export {
  type AttachableRouter,
  type Endpoint,
  type ForeignEndpoint,
  type ForeignSession,
  type FrameSocket,
  type RawSocketConfiguration,
  type TransportConfiguration,
  transport,
  type WebSocketConfiguration,
} from './transport.ts';
