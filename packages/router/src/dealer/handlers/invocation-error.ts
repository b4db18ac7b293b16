import type { Dict } from '@pgwamp/protocol';
import { MessageType, ProtocolViolation, Uri } from '@pgwamp/protocol';
import type { Handler } from '../../realm/context.ts';
import { passthruAttributes } from '../../realm/payload-passthru.ts';
import type { DealerContext } from '../context.ts';
import { complete } from '../transitions.ts';

type ErrorHead = readonly [type: number, requestType: number, request: number, details: Dict, error: string];

/**
 * ERROR of a callee: the router passes it on to the caller with its payload.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-error
 */
export function invocationError(context: DealerContext): Handler {
  return (callee, message) => {
    const [, requestType, invocation, details, error] = message.elements as unknown as ErrorHead;
    if (requestType !== MessageType.INVOCATION) throw new ProtocolViolation('ERROR: a client answers INVOCATION only');
    const call = context.calls.answeredBy(callee, invocation);
    if (call === undefined) return;
    // The caller must receive the end of its call, even if the error URI is malformed.
    const uri = context.uris.isValid(error) ? error : Uri.INVALID_URI;
    const head = [MessageType.ERROR, MessageType.CALL, call.request, passthruAttributes(details), uri];
    complete(context, call, head, message.payload);
  };
}
