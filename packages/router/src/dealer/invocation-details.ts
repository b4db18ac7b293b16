import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import type { Endpoint } from './endpoint.ts';
import type { PendingCall } from './pending-call.ts';

function disclosure(caller: Session): Dict {
  const { authid, authrole } = caller.identity;
  return { caller: caller.id, caller_authid: authid, caller_authrole: authrole };
}

/** Whether the callee minds the timeout of a call itself. */
export function forwardsTimeout(call: PendingCall, endpoint: Endpoint): boolean {
  return call.timeout > 0 && endpoint.options.forwardsTimeout;
}

/**
 * INVOCATION.Details for a call, but for `progress`, which changes from one invocation to the next.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-identification
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-pattern-reg
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-timeout
 */
export function invocationDetails(call: PendingCall, endpoint: Endpoint): Dict {
  const discloses = call.discloses || endpoint.options.disclosesCaller;
  const isPattern = endpoint.registration.match !== 'exact';
  const forwards = forwardsTimeout(call, endpoint);
  const { forwardFor, passthru, receivesProgress } = call;
  const isPlain = !discloses && !isPattern && !forwards && !receivesProgress;
  if (isPlain && passthru === EMPTY_DICT && forwardFor === undefined) return EMPTY_DICT;
  return {
    ...(discloses ? disclosure(call.caller) : EMPTY_DICT),
    ...(isPattern ? { procedure: call.procedure } : EMPTY_DICT),
    ...(forwards ? { timeout: call.timeout } : EMPTY_DICT),
    ...(receivesProgress ? { receive_progress: true } : EMPTY_DICT),
    ...(forwardFor === undefined ? EMPTY_DICT : { forward_for: forwardFor }),
    ...passthru,
  };
}
