/**
 * WAMP sessions, based on AutobahnJS and on transports of pgwamp.
 *
 * @module
 */
import type { AuthenticationConfiguration } from '@pgwamp/config';
import type { JoinOptions } from './join.ts';
import type { Session } from './session.ts';
import type { TransportConfiguration } from './transport-configuration.ts';

export { parseLossless, stringify } from '../json.ts';
export { dialUrl, explain } from './dial.ts';
export type { JoinOptions } from './join.ts';
export { PayloadText } from './payload-text.ts';
export type {
  Acknowledgement,
  CallAnswer,
  CallOptions,
  CallResult,
  Endpoint,
  EventDetails,
  EventHandler,
  ForwardedFor,
  InvocationDetails,
  OnRevoked,
  Progress,
  PublicationAnswer,
  Session,
  StartedCall,
  StartOptions,
} from './session.ts';
export {
  type AttachableRouter,
  type AutobahnEndpoint,
  type AutobahnSessionLike,
  type Endpoint as TransportEndpoint,
  type RawSocketConfiguration,
  type TransportConfiguration,
  transport,
  type WebSocketConfiguration,
} from './transport-configuration.ts';

/** The part of a session that a Publisher uses. */
export type PublishingSession = Pick<Session, 'id' | 'lost' | 'publishText' | 'startPublication' | 'leave'> &
  AsyncDisposable;

/** The part of a session that Callee and Subscriber use. */
export type EndpointSession = Pick<
  Session,
  'id' | 'lost' | 'register' | 'subscribe' | 'call' | 'pause' | 'resume' | 'drained' | 'leave'
> &
  AsyncDisposable;

/** The part of a session that a Caller uses. */
export type CallingSession = Pick<Session, 'id' | 'lost' | 'beginCall' | 'pause' | 'resume' | 'leave'> &
  AsyncDisposable;

/** Options of a session. */
export interface SessionOptions {
  readonly realm: string;
  readonly transport: TransportConfiguration;
  readonly authentication: AuthenticationConfiguration;
  /** The role of the session, for a router in the same process that trusts the application. */
  readonly role?: string | undefined;
  /** Called with errors that AutobahnJS reports, and with errors of event handlers. */
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * Opens a session: joins a router, or uses the session of the application.
 *
 * @throws `RouterUnreachableError`, `JoinRefusedError`, `SessionLostError` if the application's session is not open.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { transport } = options;
  // Loaded on demand, with the WebSocket library: a component that is not started has no session.
  if (transport.type !== 'session') return joinSession({ ...options, transport });
  const { ExternalSession } = await import('./autobahn/external-session.ts');
  const { max_message_size: maxMessageSize, max_depth: maxDepth } = transport.options;
  return new ExternalSession(transport.session, { maxMessageSize, maxDepth });
}

/**
 * Connects to a router and joins a realm.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached or does not answer in time; `JoinRefusedError` if it
 *   refuses.
 */
export async function joinSession(options: JoinOptions): Promise<Session> {
  const { joinSession: join } = await import('./join.ts');
  return join(options);
}
