import { MessageType } from '../protocol/message-type.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { Handler } from '../realm/handler.ts';
import { assertMayPassthru, isPassthru, PAYLOAD_PASSTHRU_MODE, passthruAttributes } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
import type { DealerContext } from './dealer.ts';
import type { PendingCall } from './pending-calls.ts';
import { takeCall } from './take-call.ts';

const WORDS = `the caller does not support ${PAYLOAD_PASSTHRU_MODE}`;

/** The callee is told, as the specification has it, and so is the caller, who would wait forever. */
function refuseResult(callee: Session, { caller, request, invocation }: PendingCall): void {
  callee.refuse(MessageType.YIELD, invocation, Uri.FEATURE_NOT_SUPPORTED, WORDS);
  caller.refuse(MessageType.CALL, request, Uri.FEATURE_NOT_SUPPORTED, WORDS);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-yield */
export function yieldResult({ calls }: DealerContext): Handler {
  return (callee, message) => {
    const [, invocation, options] = message.elements as unknown as readonly [number, number, Dict];
    assertMayPassthru(callee, 'callee', options);
    const call = takeCall(calls, callee, invocation);
    if (call === undefined) return;
    if (isPassthru(options) && !call.caller.features.has('caller', PAYLOAD_PASSTHRU_MODE)) refuseResult(callee, call);
    else call.caller.send([MessageType.RESULT, call.request, passthruAttributes(options)], message.payload);
  };
}
