/**
 * WAMP: a session over AutobahnJS, on transports of our own.
 *
 * @module
 */
import type { AuthenticationConfiguration } from '@pgwamp/config';
import type { JoinOptions } from './join.ts';
import type { Session } from './session.ts';
import type { TransportConfiguration } from './transport-configuration.ts';

export { parseLossless, stringify } from '../json.ts';
export type { JoinOptions } from './join.ts';
export { PayloadText } from './payload-text.ts';
export type {
  Acknowledgement,
  CallOptions,
  CallResult,
  Endpoint,
  EventDetails,
  EventHandler,
  ForwardedFor,
  InvocationDetails,
  OnRevoked,
  Progress,
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

/** What a Publisher needs of a session. */
export type PublishingSession = Pick<Session, 'id' | 'lost' | 'publishText' | 'leave'> & AsyncDisposable;

/** What a Callee and a Subscriber need of a session. */
export type EndpointSession = Pick<
  Session,
  'id' | 'lost' | 'register' | 'subscribe' | 'call' | 'pause' | 'resume' | 'drained' | 'leave'
> &
  AsyncDisposable;

/** What a Caller needs of a session. */
export type CallingSession = Pick<Session, 'id' | 'lost' | 'startCall' | 'pause' | 'resume' | 'leave'> &
  AsyncDisposable;

/** Where and as whom to open a session. */
export interface SessionOptions {
  readonly realm: string;
  readonly transport: TransportConfiguration;
  readonly authentication: AuthenticationConfiguration;
  /** The role to have, where the router is in the same process and takes the application's word for it. */
  readonly role?: string | undefined;
  /** Told what AutobahnJS complains about, and when an event handler throws. */
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * A session: joined, or an external one where the application brings its own.
 *
 * @throws `RouterUnreachableError`, `JoinRefusedError`, `SessionLostError` if the application's session is not open.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { transport } = options;
  // Loaded by need, with the WebSocket library: a component that is not started has no session.
  if (transport.type !== 'session') return joinSession({ ...options, transport });
  const { ExternalSession } = await import('./autobahn/external-session.ts');
  const { max_message_size: maxMessageSize, max_depth: maxDepth } = transport.options;
  return new ExternalSession(transport.session, { maxMessageSize, maxDepth });
}

/**
 * Connects to a router and joins a realm.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached or does not answer in time, `JoinRefusedError` if
 *   it refuses.
 */
export async function joinSession(options: JoinOptions): Promise<Session> {
  const { joinSession: join } = await import('./join.ts');
  return join(options);
}
