import { PgwampError, type WampError } from '@pgwamp/core';
import { transport as inMemory, joinSession } from '@pgwamp/core/internal/wamp';
import { createRouter, type Router } from '@pgwamp/router';
import type { ComponentOptions } from '../configuration/component-schema.ts';
import type { RouterOptions } from '../configuration/node-schema.ts';
import { type Finding, findings } from './finding.ts';

/** What a component joins its router with. */
type Joining = Parameters<typeof joinSession>[0];

/** Topic and procedure of which only the permission is looked at. */
const probe = 'pgwamp.doctor.probe';

/** The realms and roles of a router worker, which nobody else can join: its components run in its process. */
export async function routerOf({ realms }: RouterOptions): Promise<Router & AsyncDisposable> {
  const router = createRouter({ realms: realms.map(({ name, roles }) => ({ name, roles })) });
  return Object.assign(router, { [Symbol.asyncDispose]: () => router.close() });
}

/**
 * Joins the router as a component does, and asks for the permission that its class needs.
 *
 * @param router that of the component's own process, where it is in one.
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
    return [fail(error.message, 'check transport, realm and authentication of the component, and of the router')];
  }
}

type Session = Awaited<ReturnType<typeof joinSession>>;

/** By the last part of the classname: what a component of this class does at the router, done once and undone. */
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
    const fix = `allow it in the router's role, if the component needs all URIs`;
    if (uri === 'wamp.error.not_authorized') return warn(`the router refuses ${probe} (${uri})`, fix);
    // The procedure does not exist: to call it is allowed.
    if (uri !== 'wamp.error.no_such_procedure') return skip(`the router answered ${(error as Error).message}`);
  }
  return ok(`the router accepts what a ${name} does`);
}
