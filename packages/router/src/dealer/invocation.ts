import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT } from '@pgwamp/protocol';
import { isPassthru, PAYLOAD_PASSTHRU_MODE } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import { forwardDetails } from './forward-for.ts';
import type { PendingCall } from './pending-call.ts';
import type { CalleeEntry } from './registration.ts';

/** The feature name of calls in several parts, in HELLO and WELCOME. */
export const PROGRESSIVE_CALL_INVOCATIONS = 'progressive_call_invocations';

function supportsStreaming({ features }: Session): boolean {
  return features.has('callee', PROGRESSIVE_CALL_INVOCATIONS) && features.has('callee', 'call_canceling');
}

/** The feature that a call requires and its callee does not have; `undefined` if there is none. */
export function missingFeature({ passthru, isProgressive }: PendingCall, callee: Session): string | undefined {
  if (isPassthru(passthru) && !callee.features.has('callee', PAYLOAD_PASSTHRU_MODE)) return PAYLOAD_PASSTHRU_MODE;
  return isProgressive && !supportsStreaming(callee) ? PROGRESSIVE_CALL_INVOCATIONS : undefined;
}

function disclosure(caller: Session): Dict {
  const { authid, authrole } = caller.identity;
  return { caller: caller.id, caller_authid: authid, caller_authrole: authrole };
}

/**
 * INVOCATION.Details of a call, without `progress`, which differs for each part of a call.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-identification
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-pattern-reg
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-timeout
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-results
 */
export function invocationDetails(call: PendingCall, { options, registration }: CalleeEntry): Dict {
  const { forwardFor, passthru, receivesProgress } = call;
  const discloses = call.discloses || options.disclosesCaller;
  const isPattern = registration.match !== 'exact';
  const forwardsTimeout = call.timeout > 0 && options.forwardsTimeout;
  const isPlain = !discloses && !isPattern && !forwardsTimeout && !receivesProgress;
  if (isPlain && passthru === EMPTY_DICT) return forwardFor === undefined ? EMPTY_DICT : forwardDetails(forwardFor);
  return {
    ...(discloses ? disclosure(call.caller) : EMPTY_DICT),
    ...(isPattern ? { procedure: call.procedure } : EMPTY_DICT),
    ...(forwardsTimeout ? { timeout: call.timeout } : EMPTY_DICT),
    ...(receivesProgress ? { receive_progress: true } : EMPTY_DICT),
    ...(forwardFor === undefined ? EMPTY_DICT : { forward_for: forwardFor }),
    ...passthru,
  };
}
