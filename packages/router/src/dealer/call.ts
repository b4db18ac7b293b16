import type { Message, Payload, RequestHead } from '@pgwamp/protocol';
import { Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Handler } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import { callBuiltIn } from './call-built-in.ts';
import { startTimeout, timeoutOption } from './call-timeout.ts';
import type { DealerContext } from './context.ts';
import { continueCall, isLate } from './continue-call.ts';
import { invoke } from './invoke.ts';
import { assertMayCall, missingFeature } from './needed-features.ts';
import { PendingCall } from './pending-call.ts';
import { Registration } from './registration.ts';
import { route } from './route.ts';
import { wait } from './wait.ts';

function assertRoom({ calls, limits }: DealerContext, caller: Session): void {
  if (calls.countOf(caller) < limits.maxPendingCalls) return;
  throw new RequestError(Uri.UNAVAILABLE, `a session may have ${limits.maxPendingCalls} pending calls`);
}

function start(context: DealerContext, call: PendingCall, payload: Payload): void {
  const endpoint = call.registration.choose();
  if (endpoint === undefined) {
    wait(context, call, payload);
    context.calls.add(call);
    if (call.timeout > 0) startTimeout(context, call);
    return;
  }
  const missing = missingFeature(call, endpoint.callee);
  if (missing !== undefined) {
    throw new RequestError(Uri.FEATURE_NOT_SUPPORTED, `the callee does not support ${missing}`);
  }
  context.calls.add(call);
  if (call.timeout > 0) startTimeout(context, call);
  invoke(context, call, endpoint, payload, call.isStreaming);
}

function begin(context: DealerContext, caller: Session, message: Message, discloses: boolean): void {
  const head = message.elements as unknown as RequestHead;
  const [, , options, procedure] = head;
  assertMayCall(caller, options);
  const found = route(context, procedure);
  if (!(found instanceof Registration)) {
    callBuiltIn(context, found, caller, message);
    return;
  }
  assertRoom(context, caller);
  start(context, new PendingCall(caller, head, found, discloses, timeoutOption(options.timeout)), message.payload);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-call */
export function call(context: DealerContext): Handler {
  return (caller, message, { discloses }) => {
    const [, request, options] = message.elements as unknown as RequestHead;
    const pending = context.calls.madeBy(caller, request);
    if (pending !== undefined) continueCall(context, pending, message);
    else if (!isLate(context, caller, request, options)) begin(context, caller, message, discloses);
  };
}
