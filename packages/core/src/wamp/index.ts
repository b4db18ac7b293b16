/**
 * WAMP: a session over AutobahnJS, on transports of our own.
 *
 * @module
 */
export {
  type AttachableRouter,
  type Endpoint as TransportEndpoint,
  type ForeignEndpoint,
  type ForeignSession,
  type RawSocketConfiguration,
  type TransportConfiguration,
  transport,
  type WebSocketConfiguration,
} from './transport-configuration.ts';

import type { AuthenticationConfiguration } from '@pgwamp/config';
import { BorrowedSession } from './foreign-session.ts';
import { joinSession } from './join.ts';
import type { Session } from './session.ts';
import type { TransportConfiguration } from './transport-configuration.ts';

export { parseLossless, stringify } from '../json.ts';
export type { OnRevoked } from './ending.ts';
export { BorrowedSession } from './foreign-session.ts';
export type { Endpoint, InvocationDetails, Progress } from './invocation.ts';
export { type JoinOptions, joinSession } from './join.ts';
export { PayloadText } from './payload-text.ts';
export type { EventDetails, EventHandler } from './registering.ts';
export { type Acknowledgement, type CallOptions, type CallResult, type ForwardedFor, Session } from './session.ts';

/** What a Publisher needs of a session. */
export type PublishingSession = Pick<Session, 'id' | 'lost' | 'publishText' | 'leave'> & AsyncDisposable;

/** What a Callee and a Subscriber need of a session. */
export type EndpointSession = Pick<
  Session,
  'id' | 'lost' | 'register' | 'subscribe' | 'pause' | 'resume' | 'drained' | 'leave'
> &
  AsyncDisposable;

/** What a Caller needs of a session. */
export type CallingSession = Pick<Session, 'id' | 'lost' | 'callText' | 'pause' | 'resume' | 'leave'> & AsyncDisposable;

/** Where and as whom to open a session. */
export interface SessionOptions {
  readonly realm: string;
  readonly transport: TransportConfiguration;
  readonly authentication: AuthenticationConfiguration;
  /** The role to have, where the router is in the same process and takes the application's word for it. */
  readonly role?: string | undefined;
  /** Told what AutobahnJS complains about, such as a handler that throws. */
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * A session: joined, or borrowed where the application brings its own.
 *
 * @throws `RouterUnreachableError`, `JoinRefusedError`, `SessionLostError` if the application's session is not open.
 */
export async function openSession(
  options: SessionOptions,
): Promise<PublishingSession & EndpointSession & CallingSession> {
  const { transport } = options;
  return transport.type === 'session' ? new BorrowedSession(transport.session) : joinSession({ ...options, transport });
}
