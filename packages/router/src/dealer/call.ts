import { ProtocolViolation, RequestError } from '../errors.ts';
import type { RequestHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { Handler } from '../realm/handler.ts';
import { assertMayPassthru, isPassthru, PAYLOAD_PASSTHRU_MODE } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
import { callBuiltIn } from './call-built-in.ts';
import type { DealerContext } from './dealer.ts';
import { invocationDetails } from './invocation-details.ts';
import type { Registration } from './registration.ts';

/** A second CALL under the id of one that is pending could not be told from it in the results. */
function assertRoom({ calls, limits }: DealerContext, caller: Session, request: number): void {
  if (calls.isPending(caller, request)) throw new ProtocolViolation(`CALL: request ${request} is pending already`);
  if (calls.countOf(caller) < limits.maxPendingCalls) return;
  throw new RequestError(Uri.UNAVAILABLE, `a session may have ${limits.maxPendingCalls} pending calls`);
}

function findRegistration({ uris, registrations }: DealerContext, procedure: string, options: Dict): Registration {
  uris.assertValid(procedure);
  const registration = registrations.find(procedure);
  if (registration === undefined) {
    throw new RequestError(Uri.NO_SUCH_PROCEDURE, `no callee has registered ${procedure}`);
  }
  if (isPassthru(options) && !registration.callee.features.has('callee', PAYLOAD_PASSTHRU_MODE)) {
    throw new RequestError(Uri.FEATURE_NOT_SUPPORTED, `the callee does not support ${PAYLOAD_PASSTHRU_MODE}`);
  }
  return registration;
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-call */
export function call(context: DealerContext): Handler {
  return (caller, message) => {
    const [, request, options, procedure] = message.elements as unknown as RequestHead;
    assertMayPassthru(caller, 'caller', options);
    assertRoom(context, caller, request);
    const builtIn = context.builtIns.get(procedure);
    if (builtIn !== undefined) return callBuiltIn(context, builtIn, caller, request, message.payload);
    const { id, callee } = findRegistration(context, procedure, options);
    const invocation = callee.requests.next();
    context.counters.calls++;
    // Before it is sent: sending may end the callee's session, and then this call is to be answered as well.
    context.calls.add({ caller, request, callee, invocation });
    const details = invocationDetails(options, caller);
    callee.send([MessageType.INVOCATION, invocation, id, details], message.payload);
  };
}
