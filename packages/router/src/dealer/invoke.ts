import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, type Payload } from '@pgwamp/protocol';
import type { DealerContext } from './context.ts';
import type { Endpoint } from './endpoint.ts';
import { forwardsTimeout, invocationDetails } from './invocation-details.ts';
import type { PendingCall } from './pending-call.ts';

const FEATURE = 'progressive_call_results';

/**
 * A callee that announces progressive results but no call canceling gets to know of the wish as well, other than the
 * specification has it: AutobahnJS is one. Its results are dropped if the caller leaves, as all results are.
 */
function mayReceiveProgress({ caller, asksForProgress }: PendingCall, { callee }: Endpoint): boolean {
  return asksForProgress && caller.features.has('caller', FEATURE) && callee.features.has('callee', FEATURE);
}

function send(call: PendingCall, endpoint: Endpoint, details: Dict, payload: Payload): void {
  endpoint.callee.send([MessageType.INVOCATION, call.invocation, endpoint.registration.id, details], payload);
}

/** Passes on another part of a call; `continues` if it is not the last. */
export function invokeAgain(call: PendingCall, endpoint: Endpoint, payload: Payload, continues: boolean): void {
  send(call, endpoint, continues ? { ...call.details, progress: true } : call.details, payload);
}

/**
 * Passes a call on to a callee; `continues` if more of it is to follow. All is written down before anything is sent:
 * sending may end the callee's session, and then this call is to be answered as well.
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
  if (forwardsTimeout(call, endpoint)) call.stopTimer();
  const details = invocationDetails(call, endpoint);
  call.passthru = EMPTY_DICT;
  call.forwardFor = undefined;
  endpoint.occupy();
  context.calls.pass(call, callee);
  context.counters.calls++;
  if (continues) call.details = details;
  send(call, endpoint, continues ? { ...details, progress: true } : details, payload);
}
