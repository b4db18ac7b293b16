import { PgwampError, type WampError } from '@pgwamp/core';
import { transport as inMemory, joinSession } from '@pgwamp/core/internal/wamp';
import { createRouter, type Router } from '@pgwamp/router';
import type { ComponentOptions } from '../configuration/component-schema.ts';
import type { RouterOptions } from '../configuration/node-schema.ts';
import { type Finding, findings } from './finding.ts';

/** The configuration with which a component joins its router. */
type Joining = Parameters<typeof joinSession>[0];

/** The topic and procedure used to check permissions. */
const probe = 'pgwamp.doctor.probe';

/**
 * A router with the realms and roles of a router worker. Only its own components can join the real one, since they run
 * in its process.
 */
export async function routerOf({ realms }: RouterOptions): Promise<Router & AsyncDisposable> {
  const router = createRouter({ realms: realms.map(({ name, roles }) => ({ name, roles })) });
  return Object.assign(router, { [Symbol.asyncDispose]: () => router.close() });
}

/**
 * Joins the router like a component, and checks the permission that its class requires.
 *
 * @param router the router of the component's own process, if there is one.
 */
export async function checkRouter(id: string, options: ComponentOptions, router?: Router): Promise<Finding[]> {
  const { ok, fail } = findings(`realm of ${id}`);
  const { realm, authentication = {}, ...own } = options as unknown as Joining;
  const transport = router ? (inMemory.parse({ type: 'memory', router }) as Joining['transport']) : own.transport;
  try {
    await using session = await joinSession({ ...own, realm, transport, authentication, onError: () => undefined });
    return [ok(`joined realm ${realm} as session ${session.id}`), await permission(id, options.classname, session)];
  } catch (error) {
    if (!(error instanceof PgwampError)) throw error;
    const { problem, hint = 'check transport, realm and authentication of the component, and of the router' } = error;
    return [fail(problem, hint)];
  }
}

type Session = Awaited<ReturnType<typeof joinSession>>;

/**
 * By the last part of the classname: the operation of a component of this class at the router, performed once and
 * undone.
 */
const attempts: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
  Publisher: (session) => session.publish(probe, [], {}, { acknowledge: true, eligible: [] }),
  Subscriber: async (session) => (await session.subscribe(probe, () => undefined))(),
  Callee: async (session) => (await session.register(probe, () => undefined as never))(),
  Caller: (session) => session.call(probe),
};

async function permission(id: string, classname: string, session: Session): Promise<Finding> {
  const { ok, warn, skip } = findings(`permission of ${id}`);
  const name = Object.keys(attempts).find((it) => classname.endsWith(it));
  const attempt = name && attempts[name];
  if (!attempt) return skip(`${classname} is not ours`);
  try {
    await attempt(session);
  } catch (error) {
    const { error: uri } = error as WampError;
    const fix = `allow it in the router's role, if the component requires all URIs`;
    if (uri === 'wamp.error.not_authorized') return warn(`the router refuses ${probe} (${uri})`, fix);
    // The procedure does not exist, so calling it is permitted.
    if (uri !== 'wamp.error.no_such_procedure') return skip(`the router answered ${(error as Error).message}`);
  }
  return ok(`the router accepts the operations of a ${name}`);
}
