import type { RequestHead } from '@pgwamp/protocol';
import { MessageType, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Handler } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { DealerContext } from './context.ts';
import { Endpoint } from './endpoint.ts';
import { passWaiting, refuseWaiting } from './pass-waiting.ts';
import { type RegisterOptions, registerOptions } from './register-options.ts';
import type { Registration } from './registration.ts';
import { tellRegistered } from './registration-events.ts';
import { revoke } from './revoke.ts';

function assertRoom({ registrations, limits }: DealerContext, callee: Session): void {
  if (registrations.countOf(callee) < limits.maxRegistrations) return;
  throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have ${limits.maxRegistrations} registrations`);
}

/** One callee has a procedure for itself, or all of them have to agree on how calls are shared out. */
function assertShareable(context: DealerContext, registration: Registration, callee: Session, invoke: string): void {
  const { id, procedure } = registration;
  const isOwn = context.registrations.endpointOf(callee, id) !== undefined;
  if (!isOwn && invoke === registration.invoke && invoke !== 'single') return;
  const words = `${procedure} is registered already, with invoke ${registration.invoke}`;
  throw new RequestError(Uri.PROCEDURE_ALREADY_EXISTS, words);
}

/** Puts a new registration in the place of one that is taken from its callees; what waits for them waits for the new one. */
function replace(context: DealerContext, previous: Registration, callee: Session, { invoke }: RegisterOptions) {
  revoke(context, previous);
  // It had the procedure itself, and telling it so has ended its session.
  if (callee.hasLeft) {
    refuseWaiting(context, previous);
    return undefined;
  }
  const registration = context.registrations.create(previous.match, previous.procedure, invoke);
  registration.takeOver(previous);
  return registration;
}

/** None if there is nobody left to have it. */
function registrationFor(context: DealerContext, callee: Session, uri: string, plan: RegisterOptions) {
  const { match, invoke, forces } = plan;
  const existing = context.registrations.find(match, uri);
  if (existing === undefined) return context.registrations.create(match, uri, invoke);
  if (forces) return replace(context, existing, callee, plan);
  assertShareable(context, existing, callee, invoke);
  return existing;
}

/**
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-register
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-shared-registration
 */
export function register(context: DealerContext): Handler {
  return (callee, message) => {
    const [, request, options, procedure] = message.elements as unknown as RequestHead;
    const plan = registerOptions(options, callee);
    context.uris.assertApplication(procedure, plan.match);
    assertRoom(context, callee);
    const registration = registrationFor(context, callee, procedure, plan);
    if (registration === undefined) return;
    context.registrations.attach(new Endpoint(registration, callee, plan));
    tellRegistered(context, registration, callee);
    callee.send([MessageType.REGISTERED, request, registration.id]);
    passWaiting(context, registration);
  };
}
