import type { Dict, Payload } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, Uri, ValuesPayload } from '@pgwamp/protocol';
import type { Handler } from '../../realm/context.ts';
import {
  assertMayPassthru,
  isPassthru,
  PAYLOAD_PASSTHRU_MODE,
  passthruAttributes,
} from '../../realm/payload-passthru.ts';
import type { DealerContext } from '../context.ts';
import type { PendingCall } from '../pending-call.ts';
import { abandon, complete } from '../transitions.ts';

type YieldHead = readonly [type: number, invocation: number, options: Dict];

const PROGRESS = Object.freeze({ progress: true });

/**
 * YIELD: a result, or a progressive one.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-yield
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-results
 */
export function yieldResult(context: DealerContext): Handler {
  return (callee, message) => {
    const [, invocation, options] = message.elements as unknown as YieldHead;
    if (options.ppt_scheme !== undefined) assertMayPassthru(callee, 'callee', options);
    const call = context.calls.answeredBy(callee, invocation);
    if (call === undefined) return;
    const isFinal = options.progress !== true;
    const details = options.ppt_scheme === undefined ? EMPTY_DICT : passthruAttributes(options);
    if (isPassthru(options) && call.isOpen && !call.caller.features.has('caller', PAYLOAD_PASSTHRU_MODE)) {
      const words = `the caller does not support ${PAYLOAD_PASSTHRU_MODE}`;
      refuseResult(context, call, isFinal, Uri.FEATURE_NOT_SUPPORTED, words);
      callee.refuse(MessageType.YIELD, invocation, Uri.FEATURE_NOT_SUPPORTED, words);
    } else if (isFinal) {
      complete(context, call, [MessageType.RESULT, call.request, details], message.payload);
    } else {
      sendProgress(context, call, details, message.payload);
    }
  };
}

/** Ends a call with an ERROR because the caller cannot receive its result. */
function refuseResult(context: DealerContext, call: PendingCall, isFinal: boolean, uri: string, words: string): void {
  const head = [MessageType.ERROR, MessageType.CALL, call.request, EMPTY_DICT, uri];
  const payload = new ValuesPayload([[words]]);
  if (isFinal) {
    complete(context, call, head, payload);
  } else {
    abandon(context, call, 'killnowait');
    call.caller.send(head, payload);
  }
}

/** A caller that did not ask for progressive results would take the first one as the final result. */
function sendProgress(context: DealerContext, call: PendingCall, passthru: Dict, payload: Payload): void {
  if (!call.isOpen || !call.receivesProgress) return;
  call.timer?.refresh();
  const details = passthru === EMPTY_DICT ? PROGRESS : { ...PROGRESS, ...passthru };
  if (call.caller.send([MessageType.RESULT, call.request, details], payload)) return;
  refuseResult(context, call, false, Uri.CANCELED, 'the router cannot write the result for the caller');
}
