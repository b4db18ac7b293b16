import type { Dict } from '../protocol/shapes.ts';
import { passthruAttributes } from '../realm/payload-passthru.ts';
import { EMPTY_DICT } from '../serializer/serializer.ts';
import type { Session } from '../session/session.ts';

function disclosure(caller: Session): Dict {
  const { authid, authrole } = caller.identity;
  return { caller: caller.id, caller_authid: authid, caller_authrole: authrole };
}

/**
 * INVOCATION.Details for a call.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-identification
 */
export function invocationDetails(options: Dict, caller: Session): Dict {
  const discloses = options.disclose_me === true;
  if (!discloses && options.ppt_scheme === undefined) return EMPTY_DICT;
  return { ...(discloses ? disclosure(caller) : EMPTY_DICT), ...passthruAttributes(options) };
}
