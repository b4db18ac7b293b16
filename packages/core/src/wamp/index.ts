/**
 * WAMP: a session over AutobahnJS, on transports of our own.
 *
 * @module
 */
import type { AuthenticationConfiguration, TransportConfiguration } from '../config/index.ts';
import { BorrowedSession } from './foreign-session.ts';
import { joinSession } from './join.ts';
import type { Session } from './session.ts';

export { parseLossless, stringify } from '../json.ts';
export { BorrowedSession } from './foreign-session.ts';
export { type JoinOptions, joinSession } from './join.ts';
export {
  type Acknowledgement,
  type CallOptions,
  type CallResult,
  type Endpoint,
  type EventHandler,
  type InvocationDetails,
  Session,
} from './session.ts';

/** What a Publisher needs of a session. */
export type PublishingSession = Pick<Session, 'id' | 'lost' | 'publishText' | 'leave'> & AsyncDisposable;

/** A session for publishing: joined, or borrowed where the application brings its own. */
export async function openSession(options: {
  readonly realm: string;
  readonly transport: TransportConfiguration;
  readonly authentication: AuthenticationConfiguration;
  readonly role?: string | undefined;
  readonly onError: (error: unknown, message: string) => void;
}): Promise<PublishingSession> {
  const { transport } = options;
  return transport.type === 'session' ? new BorrowedSession(transport.session) : joinSession({ ...options, transport });
}
