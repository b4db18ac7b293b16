import type { AuthenticationConfiguration, FrameSocket, TransportConfiguration } from '../config/index.ts';
import { JoinRefusedError, RouterUnreachableError } from '../errors.ts';
import { answerChallenge, credentials } from './authentication.ts';
import { AutobahnSession } from './autobahn.ts';
import { PendingAnswers } from './pending.ts';
import { Session } from './session.ts';
import { connectWebSocket } from './websocket.ts';
import { Wire } from './wire.ts';

/** Where and as whom to join. */
export interface JoinOptions {
  readonly realm: string;
  readonly transport: Exclude<TransportConfiguration, { type: 'session' }>;
  readonly authentication: AuthenticationConfiguration;
  /** The role to have, where the router is in the same process and takes the application's word for it. */
  readonly role?: string | undefined;
  /** Told what AutobahnJS complains about, such as a handler that throws. */
  readonly onError: (error: unknown, message: string) => void;
}

/** Milliseconds to join over a transport that says nothing of it. */
const memoryTimeout = 10_000;
/** Characters of a message within one process. */
const memoryMessageSize = 512 * 1024 * 1024;

/**
 * Connects to a router and joins a realm.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached or does not answer in time, `JoinRefusedError` if
 *   it refuses.
 */
export async function joinSession(options: JoinOptions): Promise<Session> {
  const { transport } = options;
  const isMemory = transport.type === 'memory';
  const socket = isMemory
    ? transport.router.attach(options.role === undefined ? {} : { authrole: options.role })
    : await connectWebSocket(transport);
  const timeout = isMemory ? memoryTimeout : transport.options.open_handshake_timeout;
  const wire = new Wire(socket, isMemory ? memoryMessageSize : transport.options.max_message_size);
  const pending = new PendingAnswers();
  wire.lost.addEventListener('abort', () => pending.rejectAll(wire.lost.reason));
  const autobahn = await welcome(options, wire, pending, socket, timeout, isMemory ? 'memory' : transport.url);
  wire.joined();
  autobahn.onleave = (reason, details) => {
    wire.lose(`GOODBYE ${reason} ${details.message ?? ''}`);
    socket.close();
  };
  return new Session(autobahn, wire, pending);
}

async function welcome(
  { realm, authentication, onError }: JoinOptions,
  wire: Wire,
  pending: PendingAnswers,
  socket: FrameSocket,
  timeout: number,
  url: string,
): Promise<AutobahnSession> {
  const answer = Promise.withResolvers<void>();
  const answerTo = (_: unknown, method: string, extra: Record<string, unknown>) =>
    answerChallenge(authentication, method, extra);
  const report = (error: unknown, message = 'WAMP session') => onError(error, message);
  const autobahn = new AutobahnSession(wire, pending.defer, answerTo, report, report);
  autobahn.onjoin = () => answer.resolve();
  autobahn.onleave = (reason, { message = '' }) => answer.reject(new JoinRefusedError(realm, reason, message));
  const lost = () => answer.reject(new RouterUnreachableError(url, wire.lost.reason.message));
  wire.lost.addEventListener('abort', lost, { once: true });
  const timer = setTimeout(
    () => answer.reject(new RouterUnreachableError(url, `no WELCOME within ${timeout} ms`)),
    timeout,
  );
  try {
    const { methods, authid } = credentials(authentication);
    autobahn.join(realm, methods, authid);
    await answer.promise;
    return autobahn;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    clearTimeout(timer);
    wire.lost.removeEventListener('abort', lost);
  }
}
