import type { Dict } from '@pgwamp/protocol';
import { MessageType, toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Handler } from '../realm/context.ts';
import type { DealerContext } from './context.ts';
import { type CancelMode, canInterrupt, giveUp, interrupt } from './give-up.ts';

type CancelHead = readonly [type: number, request: number, options: Dict];

/** @throws RequestError `wamp.error.invalid_argument` */
function modeOption(mode: unknown = 'killnowait'): CancelMode {
  if (mode === 'skip' || mode === 'kill' || mode === 'killnowait') return mode;
  const words = `mode: expected skip, kill or killnowait, found ${toText(mode)}`;
  throw new RequestError(Uri.INVALID_ARGUMENT, words);
}

/**
 * A call that is not pending was answered while CANCEL was under way: there is nothing to do. A mode that is not given
 * is `killnowait`; a callee that cannot be interrupted makes it `skip`.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-canceling
 */
export function cancel(context: DealerContext): Handler {
  return (caller, message) => {
    const [, request, options] = message.elements as unknown as CancelHead;
    const mode = modeOption(options.mode);
    const call = context.calls.madeBy(caller, request);
    if (call === undefined) return;
    const { endpoint } = call;
    if (mode === 'kill' && endpoint !== undefined && canInterrupt(endpoint)) {
      interrupt(call, endpoint, mode);
      return;
    }
    giveUp(context, call, mode === 'skip' ? 'skip' : 'killnowait');
    caller.refuse(MessageType.CALL, request, Uri.CANCELED, 'the caller has canceled the call');
  };
}
