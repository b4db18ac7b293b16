import type { Dict } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, type Payload, Uri, ValuesPayload } from '@pgwamp/protocol';
import type { Handler } from '../realm/context.ts';
import { assertMayPassthru, isPassthru, PAYLOAD_PASSTHRU_MODE, passthruAttributes } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import type { DealerContext } from './context.ts';
import { findInvocation } from './find-invocation.ts';
import { finish } from './finish.ts';
import { giveUp } from './give-up.ts';
import type { PendingCall } from './pending-call.ts';

const WORDS = `the caller does not support ${PAYLOAD_PASSTHRU_MODE}`;

const PROGRESS = Object.freeze({ progress: true });

function isRefused({ caller, isOver }: PendingCall, options: Dict): boolean {
  return isPassthru(options) && !isOver && !caller.features.has('caller', PAYLOAD_PASSTHRU_MODE);
}

/** The callee is told, as the specification has it, and so is the caller, who would wait forever. */
function refuseResult(context: DealerContext, call: PendingCall, callee: Session, isFinal: boolean): void {
  const head = [MessageType.ERROR, MessageType.CALL, call.request, EMPTY_DICT, Uri.FEATURE_NOT_SUPPORTED];
  const payload = new ValuesPayload([[WORDS]]);
  if (isFinal) {
    finish(context, call, head, payload);
  } else {
    giveUp(context, call, 'killnowait');
    call.caller.send(head, payload);
  }
  callee.refuse(MessageType.YIELD, call.invocation, Uri.FEATURE_NOT_SUPPORTED, WORDS);
}

/** A caller that has not asked for progressive results would take the first one for the last. */
function sendProgress(call: PendingCall, options: Dict, payload: Payload): void {
  if (call.isOver || !call.receivesProgress) return;
  call.timer?.refresh();
  const details = isPassthru(options) ? { ...PROGRESS, ...passthruAttributes(options) } : PROGRESS;
  call.caller.send([MessageType.RESULT, call.request, details], payload);
}

/**
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-yield
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-results
 */
export function yieldResult(context: DealerContext): Handler {
  return (callee, message) => {
    const [, invocation, options] = message.elements as unknown as readonly [number, number, Dict];
    assertMayPassthru(callee, 'callee', options);
    const call = findInvocation(context.calls, callee, invocation);
    if (call === undefined) return;
    const isFinal = options.progress !== true;
    if (isRefused(call, options)) refuseResult(context, call, callee, isFinal);
    else if (!isFinal) sendProgress(call, options, message.payload);
    else finish(context, call, [MessageType.RESULT, call.request, passthruAttributes(options)], message.payload);
  };
}
