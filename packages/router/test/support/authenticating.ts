import { MessageType } from '@pgwamp/protocol';
import type { AuthOptions, RouterOptions } from '../../src/index.ts';
import { startRouter, type TestRouter } from './router.ts';
import { WampClient } from './wamp-client.ts';

/** A router with an endpoint that authenticates. */
export interface AuthenticatingRouter extends TestRouter {
  /** Connects and says HELLO; whatever the router answers is still to be read. */
  hello(details: object, realm?: string): Promise<WampClient>;
}

export async function startAuthenticating(
  auth: AuthOptions,
  options: Partial<RouterOptions> = {},
): Promise<AuthenticatingRouter> {
  const test = await startRouter(options);
  const { url } = await test.router.listen({ auth });
  const hello = async (details: object, realm = 'realm1') => {
    const client = await WampClient.connect(url);
    client.send([MessageType.HELLO, realm, { roles: { caller: {} }, ...details }]);
    return client;
  };
  return { ...test, hello };
}

/** Extra of the CHALLENGE that is next. */
export async function challengeOf(client: WampClient, method: string): Promise<Record<string, unknown>> {
  const [type, found, extra] = await client.next();
  if (type !== 4 || found !== method) throw new Error(`expected CHALLENGE ${method}, received ${type} ${found}`);
  return extra as Record<string, unknown>;
}

/** Details of the WELCOME that is next. */
export async function welcomeOf(client: WampClient): Promise<Record<string, unknown>> {
  const [type, session, details] = await client.next();
  if (type !== 2) throw new Error(`expected WELCOME, received ${type} ${JSON.stringify(session)} ${details}`);
  return { session, ...(details as Record<string, unknown>) };
}

/** The reason of the ABORT that is next, and its words. */
export async function abortOf(client: WampClient): Promise<{ reason: unknown; message: unknown }> {
  const [type, details, reason] = await client.next();
  if (type !== 3) throw new Error(`expected ABORT, received ${type}`);
  return { reason, message: (details as { message?: unknown }).message };
}
