import type { Dict } from '@pgwamp/protocol';
import { ProtocolViolation } from '@pgwamp/protocol';
import { assertMayPassthru, isPassthru, PAYLOAD_PASSTHRU_MODE } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import type { PendingCall } from './pending-call.ts';

const PROGRESSIVE_CALL_INVOCATIONS = 'progressive_call_invocations';

/**
 * Refuses a caller that uses what it has not announced.
 *
 * @throws ProtocolViolation
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
 */
export function assertMayCall(caller: Session, options: Dict): void {
  assertMayPassthru(caller, 'caller', options);
  if (options.progress === true && !caller.features.has('caller', PROGRESSIVE_CALL_INVOCATIONS)) {
    throw new ProtocolViolation(`${PROGRESSIVE_CALL_INVOCATIONS} was not announced for the role caller`);
  }
}

function supportsStreaming({ features }: Session): boolean {
  return features.has('callee', PROGRESSIVE_CALL_INVOCATIONS) && features.has('callee', 'call_canceling');
}

/** The feature that a call needs of its callee and does not find. */
export function missingFeature({ passthru, isProgressive }: PendingCall, callee: Session): string | undefined {
  if (isPassthru(passthru) && !callee.features.has('callee', PAYLOAD_PASSTHRU_MODE)) return PAYLOAD_PASSTHRU_MODE;
  return isProgressive && !supportsStreaming(callee) ? PROGRESSIVE_CALL_INVOCATIONS : undefined;
}
