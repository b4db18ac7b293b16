import { ProtocolViolation } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import type { PendingCall } from './pending-call.ts';
import type { PendingCalls } from './pending-calls.ts';

/**
 * The call that a callee answers. There is none if it was ended meanwhile, which no callee can know.
 *
 * @throws ProtocolViolation for an invocation that the callee was never sent
 * @see https://wamp-proto.org/wamp_latest_ietf.html#protocol_errors
 */
export function findInvocation(calls: PendingCalls, callee: Session, invocation: number): PendingCall | undefined {
  const call = calls.passedTo(callee, invocation);
  if (call === undefined && invocation > callee.requests.last) {
    throw new ProtocolViolation(`there was no INVOCATION with request ${invocation}`);
  }
  return call;
}
