import type { AuthenticationConfiguration } from '@pgwamp/config';
import { type Content, type FrameSocket, json, type Serializer, serializersNamed } from '@pgwamp/protocol';
import { JoinRefusedError, RouterUnreachableError } from '../errors.ts';
import { answerChallenge, credentials } from './authentication.ts';
import { AutobahnTransport } from './autobahn/autobahn-transport.ts';
import { type AutobahnSession, autobahn } from './autobahn/library.ts';
import { defer } from './autobahn/unsettled-answers.ts';
import { connectRawSocket, nameOf } from './rawsocket.ts';
import { Requests } from './requests.ts';
import { RouterConnection } from './router-connection.ts';
import { RouterSession } from './router-session.ts';
import type { Session } from './session.ts';
import type { TransportConfiguration } from './transport-configuration.ts';

/** The transports with which a component joins a router itself. */
type RouterTransport = Exclude<TransportConfiguration, { type: 'session' }>;

/** Milliseconds for joining a router in the same process. */
const memoryTimeout = 10_000;

/** Options for joining a realm. */
export interface JoinOptions {
  readonly realm: string;
  readonly transport: RouterTransport;
  readonly authentication: AuthenticationConfiguration;
  /** The role of the session, for a router in the same process that trusts the application. */
  readonly role?: string | undefined;
  /** Called with errors that AutobahnJS reports, and with errors of event handlers. */
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * Connects to a router and joins a realm.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached or does not answer in time; `JoinRefusedError` if it
 *   refuses.
 */
export async function joinSession(options: JoinOptions): Promise<Session> {
  const connection = await connectRouter(options.transport, options.role);
  const requests = new Requests(connection);
  connection.countRequests = () => requests.count;
  connection.textCalls = requests.textCalls;
  connection.lost.addEventListener('abort', () => requests.rejectAll(connection.lost.reason), { once: true });
  const transport = new AutobahnTransport(connection, requests);
  connection.onmessage = (message) => transport.take(message);
  const autobahn = await welcome(options, connection, transport);
  autobahn.onleave = (reason, details) => {
    connection.lose(`GOODBYE ${reason} ${details.message ?? ''}`);
    connection.close();
  };
  return new RouterSession({ connection, requests, autobahn, transport, onError: options.onError });
}

/**
 * Connects to a router.
 *
 * @param role the role of the session, for a router in the same process that trusts the application.
 * @throws `RouterUnreachableError` if the router cannot be reached in time or refuses the handshake.
 */
async function connectRouter(transport: RouterTransport, role: string | undefined): Promise<RouterConnection> {
  const { max_message_size: maxMessageSize, max_depth: maxDepth } = transport.options;
  const limits = { maxMessageSize, maxDepth };
  if (transport.type === 'memory') {
    const socket = transport.router.attach(role === undefined ? {} : { authrole: role }) as FrameSocket<Content>;
    return new RouterConnection({ socket, serializer: json, name: 'memory', timeout: memoryTimeout, limits });
  }
  const timeout = transport.options.open_handshake_timeout;
  if (transport.type === 'websocket') {
    // Loaded on demand, with `ws` and the HTTP of Node.js, which take 6 MB.
    const { connectWebSocket } = await import('./websocket.ts');
    const opened = await connectWebSocket(transport);
    return new RouterConnection({ ...opened, name: transport.url, timeout, limits });
  }
  const [serializer] = serializersNamed([transport.serializer]) as [Serializer];
  const { socket, maxMessageSize: accepted } = await connectRawSocket(transport, serializer);
  return new RouterConnection({
    socket,
    serializer,
    name: nameOf(transport.endpoint),
    timeout,
    limits: { maxMessageSize: Math.min(maxMessageSize, accepted), maxDepth },
  });
}

async function welcome(
  { realm, authentication, onError }: JoinOptions,
  connection: RouterConnection,
  transport: AutobahnTransport,
): Promise<AutobahnSession> {
  const { methods, authid, extra } = credentials(authentication);
  const { lost, timeout, name } = connection;
  const answer = Promise.withResolvers<void>();
  const answerTo = (_: unknown, method: string, extra: Record<string, unknown>) =>
    answerChallenge(authentication, method, extra);
  const report = (error: unknown, message = 'WAMP session') => onError(error, message);
  const session = new (autobahn().Session)(transport, defer, answerTo, report, report);
  session.onjoin = () => answer.resolve();
  session.onleave = (reason, { message = '' }) =>
    answer.reject(new JoinRefusedError({ url: name, realm, authid }, reason, message));
  const lose = () => answer.reject(new RouterUnreachableError(name, lost.reason.message));
  lost.addEventListener('abort', lose, { once: true });
  const timer = setTimeout(
    () => answer.reject(new RouterUnreachableError(name, `no WELCOME within ${timeout} ms`)),
    timeout,
  );
  try {
    session.join(realm, methods, authid, extra);
    await answer.promise;
    return session;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    clearTimeout(timer);
    lost.removeEventListener('abort', lose);
  }
}
