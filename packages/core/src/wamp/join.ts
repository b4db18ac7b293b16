import type { AuthenticationConfiguration } from '@pgwamp/config';
import { JoinRefusedError, RouterUnreachableError } from '../errors.ts';
import { answerChallenge, credentials } from './authentication.ts';
import { AutobahnSession } from './autobahn.ts';
import { type Carrier, connectRouter, type RouterTransport } from './carrier.ts';
import { PendingAnswers } from './pending.ts';
import { Session } from './session.ts';
import { Wire } from './wire.ts';

/** Where and as whom to join. */
export interface JoinOptions {
  readonly realm: string;
  readonly transport: RouterTransport;
  readonly authentication: AuthenticationConfiguration;
  /** The role to have, where the router is in the same process and takes the application's word for it. */
  readonly role?: string | undefined;
  /** Told what AutobahnJS complains about, such as a handler that throws. */
  readonly onError: (error: unknown, message: string) => void;
}

/**
 * Connects to a router and joins a realm.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached or does not answer in time, `JoinRefusedError` if
 *   it refuses.
 */
export async function joinSession(options: JoinOptions): Promise<Session> {
  const carrier = await connectRouter(options.transport, options.role);
  const { socket, maxMessageSize } = carrier;
  const wire = new Wire(socket, maxMessageSize);
  const pending = new PendingAnswers();
  wire.lost.addEventListener('abort', () => pending.rejectAll(wire.lost.reason));
  const autobahn = await welcome(options, wire, pending, carrier);
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
  { socket, timeout, name }: Carrier,
): Promise<AutobahnSession> {
  const { methods, authid, extra } = credentials(authentication);
  const answer = Promise.withResolvers<void>();
  const answerTo = (_: unknown, method: string, extra: Record<string, unknown>) =>
    answerChallenge(authentication, method, extra);
  const report = (error: unknown, message = 'WAMP session') => onError(error, message);
  const autobahn = new AutobahnSession(wire, pending.defer, answerTo, report, report);
  autobahn.onjoin = () => answer.resolve();
  autobahn.onleave = (reason, { message = '' }) =>
    answer.reject(new JoinRefusedError({ url: name, realm, authid }, reason, message));
  const lost = () => answer.reject(new RouterUnreachableError(name, wire.lost.reason.message));
  wire.lost.addEventListener('abort', lost, { once: true });
  const timer = setTimeout(
    () => answer.reject(new RouterUnreachableError(name, `no WELCOME within ${timeout} ms`)),
    timeout,
  );
  try {
    autobahn.join(realm, methods, authid, extra);
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
