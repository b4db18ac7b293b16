import type { Dict } from '@pgwamp/protocol';
import { MessageType, toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../../errors.ts';
import type { Handler } from '../../realm/context.ts';
import type { DealerContext } from '../context.ts';
import { abandon, interrupt } from '../transitions.ts';

type CancelHead = readonly [type: number, request: number, options: Dict];

/** @throws RequestError `wamp.error.invalid_argument` */
function modeOption(mode: unknown = 'killnowait'): 'skip' | 'kill' | 'killnowait' {
  if (mode === 'skip' || mode === 'kill' || mode === 'killnowait') return mode;
  const words = `mode: expected skip, kill or killnowait, found ${toText(mode)}`;
  throw new RequestError(Uri.INVALID_ARGUMENT, words);
}

/**
 * CANCEL. It is ignored if the call is not pending, since the answer may have crossed CANCEL. The default mode is
 * `killnowait`. For a callee that cannot be interrupted, every mode works like `skip`.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-canceling
 */
export function cancel(context: DealerContext): Handler {
  return (caller, message) => {
    const [, request, options] = message.elements as unknown as CancelHead;
    const mode = modeOption(options.mode);
    const call = context.calls.madeBy(caller, request);
    if (call === undefined) return;
    if (mode === 'kill' && interrupt(context, call)) return;
    abandon(context, call, mode === 'skip' ? 'skip' : 'killnowait');
    caller.refuse(MessageType.CALL, request, Uri.CANCELED, 'the caller has canceled the call');
  };
}
