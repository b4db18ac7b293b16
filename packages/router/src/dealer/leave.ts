import { MessageType, Uri } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import type { DealerContext } from './context.ts';
import { abandon } from './give-up.ts';
import { refuseWaiting } from './pass-waiting.ts';
import type { PendingCall } from './pending-call.ts';
import { tellUnregistered } from './registration-events.ts';

function leaveRegistrations(context: DealerContext, session: Session): void {
  for (const endpoint of context.registrations.endpointsOf(session)) {
    const { registration } = endpoint;
    context.registrations.detach(endpoint);
    tellUnregistered(context, registration, session);
    if (registration.endpoints.length === 0) refuseWaiting(context, registration);
  }
}

/** What nobody waits for any more; the caller itself is told no more of it. */
function concludeCalls({ calls }: DealerContext, caller: Session): readonly PendingCall[] {
  const concluded = calls.concludeAll(caller);
  for (const call of concluded) if (call.endpoint === undefined) call.registration.waiting.delete(call);
  return concluded;
}

function abandonAll(context: DealerContext, calls: readonly PendingCall[], caller: Session): void {
  for (const call of calls) {
    if (call.endpoint !== undefined && call.endpoint.callee !== caller) abandon(context, call, 'killnowait');
  }
}

function leaveInvocations({ calls }: DealerContext, callee: Session): void {
  for (const call of calls.settleAll(callee)) {
    if (call.isOver) continue;
    calls.conclude(call);
    call.caller.refuse(MessageType.CALL, call.request, Uri.CANCELED, 'the callee left before it answered');
  }
}

/**
 * What a session leaves behind: calls that nobody waits for any more, and callers that wait for nobody.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-callee-leaving
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-caller-leaving
 */
export function leave(context: DealerContext, session: Session): void {
  // All its calls are over before the first place that this makes free is given to the next call.
  const calls = concludeCalls(context, session);
  leaveRegistrations(context, session);
  abandonAll(context, calls, session);
  leaveInvocations(context, session);
}
