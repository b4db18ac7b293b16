import type { Dict, Message, RequestHead } from '@pgwamp/protocol';
import { ProtocolViolation } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import type { DealerContext } from './context.ts';
import { invokeAgain } from './invoke.ts';
import type { PendingCall } from './pending-call.ts';
import { wait } from './wait.ts';

/** A second CALL under the id of one that is pending, and not its continuation, could not be told from it in the results. */
function assertContinues({ isStreaming, procedure }: PendingCall, [, request, , called]: RequestHead): void {
  if (!isStreaming) throw new ProtocolViolation(`CALL: request ${request} is pending already`);
  if (called !== procedure) throw new ProtocolViolation(`CALL: request ${request} is a call of ${procedure}`);
}

/**
 * Passes on another part of a progressive call, to the callee that has the first one. Of its options only `progress`
 * counts.
 *
 * @throws ProtocolViolation if the call is not one that goes on
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
 */
export function continueCall(context: DealerContext, call: PendingCall, { elements, payload }: Message): void {
  const head = elements as unknown as RequestHead;
  assertContinues(call, head);
  call.isStreaming = head[2].progress === true;
  if (call.endpoint === undefined) wait(context, call, payload);
  else invokeAgain(call, call.endpoint, payload, call.isStreaming);
}

/** Whether a CALL belongs to one that was over before its caller knew: it is dropped, since that was answered. */
export function isLate({ calls }: DealerContext, caller: Session, request: number, options: Dict): boolean {
  const { endedStreams } = calls;
  if (!endedStreams.has(caller, request)) return false;
  if (options.progress !== true) endedStreams.delete(caller, request);
  return true;
}
