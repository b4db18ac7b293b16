import { MessageType } from '../protocol/message-type.ts';
import type { Payload } from '../serializer/serializer.ts';
import type { DealerContext } from './dealer.ts';
import type { Endpoint } from './endpoint.ts';
import { forwardsTimeout, invocationDetails } from './invocation-details.ts';
import type { PendingCall } from './pending-call.ts';

const FEATURE = 'progressive_call_results';

/**
 * A callee that announces progressive results but no call canceling gets to know of the wish as well, other than the
 * specification has it: AutobahnJS is one. Its results are dropped if the caller leaves, as all results are.
 */
function mayReceiveProgress({ caller, options }: PendingCall, { callee }: Endpoint): boolean {
  if (options.receive_progress !== true) return false;
  return caller.features.has('caller', FEATURE) && callee.features.has('callee', FEATURE);
}

/** Sends INVOCATION; `continues` if another one of the same call is to follow. */
export function sendInvocation(call: PendingCall, endpoint: Endpoint, payload: Payload, continues: boolean): void {
  const details = continues ? { ...call.details, progress: true } : call.details;
  endpoint.callee.send([MessageType.INVOCATION, call.invocation, endpoint.registration.id, details], payload);
}

/**
 * Passes a call on to a callee. All is written down before anything is sent: sending may end the callee's session, and
 * then this call is to be answered as well.
 */
export function invoke(
  context: DealerContext,
  call: PendingCall,
  endpoint: Endpoint,
  payload: Payload,
  continues: boolean,
): void {
  const { callee } = endpoint;
  call.endpoint = endpoint;
  call.invocation = callee.requests.next();
  call.receivesProgress = mayReceiveProgress(call, endpoint);
  call.details = invocationDetails(call, endpoint);
  if (forwardsTimeout(call, endpoint)) clearTimeout(call.timer);
  endpoint.occupy();
  context.calls.pass(call, callee);
  context.counters.calls++;
  sendInvocation(call, endpoint, payload, continues);
}
