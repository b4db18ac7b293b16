import type { HeadElement, Payload } from '@pgwamp/protocol';
import type { DealerContext } from './context.ts';
import { release } from './give-up.ts';
import type { PendingCall } from './pending-call.ts';

/** Ends a call by what its callee has answered; a caller that does not wait any more hears nothing. */
export function finish(
  context: DealerContext,
  call: PendingCall,
  head: readonly HeadElement[],
  payload: Payload,
): void {
  const { endpoint, isOver } = call;
  context.calls.conclude(call);
  // Sending may end the caller's session: by then nothing of the call is to be found any more.
  context.calls.settle(call);
  if (!isOver) call.caller.send(head, payload);
  if (endpoint !== undefined) release(context, endpoint);
}
