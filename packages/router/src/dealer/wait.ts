import type { Payload } from '@pgwamp/protocol';
import { Uri } from '@pgwamp/protocol';
import { detach } from '@pgwamp/protocol/internal';
import { RequestError } from '../errors.ts';
import type { DealerContext } from './context.ts';
import type { PendingCall } from './pending-call.ts';

/**
 * Lets a call, or another part of one, wait until a callee has room.
 *
 * @throws RequestError `wamp.error.unavailable` if too much waits already
 */
export function wait({ registrations, limits }: DealerContext, call: PendingCall, payload: Payload): void {
  const { waiting } = call.registration;
  if (waiting.size >= limits.maxQueuedCalls) {
    throw new RequestError(Uri.UNAVAILABLE, `${limits.maxQueuedCalls} calls wait for the procedure already`);
  }
  const [own, size] = detach(payload, call.caller.serializer);
  if (registrations.waitingSpace.bytes + size > limits.maxQueuedBytes) {
    throw new RequestError(Uri.UNAVAILABLE, `${limits.maxQueuedBytes} bytes wait for procedures of the realm already`);
  }
  waiting.add(call, own, size);
}
