import type { Dict, Message, Payload, RequestHead } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, NO_PAYLOAD, Uri, ValuesPayload } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';

/** The result of a built-in procedure. */
export interface BuiltInResult {
  readonly args?: readonly unknown[];
  readonly kwargs?: Dict;
}

/**
 * A procedure that the router itself implements. It has no callee: it cannot be canceled, and has no timeout.
 *
 * @throws RequestError which becomes the ERROR of the caller
 */
export type BuiltIn = (
  caller: Session,
  args: readonly unknown[],
  kwargs: Dict,
) => BuiltInResult | Promise<BuiltInResult>;

function payloadOf({ args, kwargs }: BuiltInResult): Payload {
  if (kwargs !== undefined) return new ValuesPayload([args ?? [], kwargs]);
  return args === undefined ? NO_PAYLOAD : new ValuesPayload([args]);
}

/** Reports an unexpected error to the application. The caller receives only the end of its call. */
function refuse({ onError }: RealmContext, caller: Session, request: number, error: unknown): void {
  const isForCaller = error instanceof RequestError;
  if (!isForCaller) onError(error as Error);
  const { uri, message } = isForCaller
    ? error
    : { uri: Uri.CANCELED, message: 'the router failed to run the procedure' };
  caller.refuse(MessageType.CALL, request, uri, message);
}

/**
 * Runs a built-in procedure for a call and sends its result.
 *
 * @throws RequestError
 */
export function callBuiltIn(
  context: RealmContext,
  builtIn: BuiltIn,
  caller: Session,
  { elements, payload }: Message,
): void {
  const [, request, { progress }] = elements as unknown as RequestHead;
  if (progress === true) {
    throw new RequestError(Uri.FEATURE_NOT_SUPPORTED, 'procedures of the router take no progressive calls');
  }
  const [args = [], kwargs = EMPTY_DICT] = payload.values() as [(readonly unknown[])?, Dict?];
  const answer = (result: BuiltInResult) => {
    if (caller.send([MessageType.RESULT, request, EMPTY_DICT], payloadOf(result))) return;
    caller.refuse(MessageType.CALL, request, Uri.CANCELED, 'the router cannot write the result');
  };
  const result = builtIn(caller, args, kwargs);
  if (result instanceof Promise) result.then(answer).catch((error) => refuse(context, caller, request, error));
  else answer(result);
}
