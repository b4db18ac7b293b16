import type { Dict, Message, RequestHead } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, NO_PAYLOAD, type Payload, Uri, ValuesPayload } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { BuiltIn, BuiltInResult } from './built-in.ts';

function payloadOf({ args, kwargs }: BuiltInResult): Payload {
  if (kwargs !== undefined) return new ValuesPayload([args ?? [], kwargs]);
  return args === undefined ? NO_PAYLOAD : new ValuesPayload([args]);
}

/** What the router cannot foresee is reported to the application; the caller learns only that its call is over. */
function refuse({ onError }: RealmContext, caller: Session, request: number, error: unknown): void {
  const isForCaller = error instanceof RequestError;
  if (!isForCaller) onError(error as Error);
  const { uri, message } = isForCaller ? error : { uri: Uri.CANCELED, message: 'the router failed to do it' };
  caller.refuse(MessageType.CALL, request, uri, message);
}

/** @throws RequestError `wamp.error.feature_not_supported` */
function assertWhole({ progress }: Dict): void {
  if (progress !== true) return;
  throw new RequestError(Uri.FEATURE_NOT_SUPPORTED, "the router's own procedures take no progressive calls");
}

/**
 * Runs a built-in for a call and answers it: at once, or when the promise it gives has settled.
 *
 * @throws RequestError
 */
export function callBuiltIn(
  context: RealmContext,
  builtIn: BuiltIn,
  caller: Session,
  { elements, payload }: Message,
): void {
  const [, request, options] = elements as unknown as RequestHead;
  assertWhole(options);
  const [args = [], kwargs = EMPTY_DICT] = payload.values() as [(readonly unknown[])?, Dict?];
  const answer = (result: BuiltInResult) => caller.send([MessageType.RESULT, request, EMPTY_DICT], payloadOf(result));
  const result = builtIn(caller, args, kwargs);
  if (result instanceof Promise) result.then(answer).catch((error) => refuse(context, caller, request, error));
  else answer(result);
}
