import type { AuthenticationConfiguration } from '@pgwamp/config';
import { JoinRefusedError, RouterUnreachableError } from '../errors.ts';
import { answerChallenge, credentials } from './authentication.ts';
import { AutobahnTransport } from './autobahn/autobahn-transport.ts';
import { type AutobahnSession, autobahn } from './autobahn/library.ts';
import { defer } from './autobahn/unsettled-answers.ts';
import { Requests } from './requests.ts';
import { connectRouter, type RouterConnection, type RouterTransport } from './router-connection.ts';
import { RouterSession } from './router-session.ts';
import type { Session } from './session.ts';

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
