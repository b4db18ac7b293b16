import { MessageType, toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { DealerContext } from './context.ts';
import { giveUp } from './give-up.ts';
import type { PendingCall } from './pending-call.ts';

// setTimeout() treats anything longer as one millisecond.
const LONGEST = 2 ** 31 - 1;

/**
 * The option `timeout` of CALL, in milliseconds; 0 stands for none.
 *
 * @throws RequestError `wamp.error.invalid_argument`
 */
export function timeoutOption(timeout: unknown = 0): number {
  if (Number.isInteger(timeout) && (timeout as number) >= 0) return timeout as number;
  const words = `timeout: expected milliseconds, an integer from 0 on, found ${toText(timeout)}`;
  throw new RequestError(Uri.INVALID_ARGUMENT, words);
}

function expire(context: DealerContext, call: PendingCall): void {
  giveUp(context, call, 'killnowait');
  call.caller.refuse(MessageType.CALL, call.request, Uri.TIMEOUT, `no result within ${call.timeout} ms`);
}

/**
 * Starts a call's time. A progressive result starts it anew, by `timer.refresh()`: Node.js keeps timers of the same
 * length in one list, where starting, stopping and starting anew take no longer however many there are.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-timeout
 */
export function startTimeout(context: DealerContext, call: PendingCall): void {
  call.timer = setTimeout(expire, Math.min(call.timeout, LONGEST), context, call).unref();
}
