import { ProtocolViolation } from './errors.ts';
import { type Content, NO_PAYLOAD, type Payload, type Serializer } from './serializers/serializer.ts';
import { checkShape, type Dict } from './shapes.ts';

/** A message from a client, with a valid shape. */
export interface Message {
  readonly type: number;
  /** All elements. {@link checkShape} has checked the types of the head, which the handlers read. */
  readonly elements: readonly unknown[];
  /** Arguments and ArgumentsKw as received. */
  readonly payload: Payload;
}

/** The common head of PUBLISH, SUBSCRIBE, CALL and REGISTER. */
export type RequestHead = readonly [type: number, request: number, options: Dict, uri: string];

/** The head of UNSUBSCRIBE and UNREGISTER. `id` is the id of the subscription or registration. */
export type UndoHead = readonly [type: number, request: number, id: number];

/**
 * Reads one frame.
 *
 * @example
 * ```ts
 * const { type, elements, payload } = readMessage(json, '[16,1,{},"com.example.hello",["world"]]', 32);
 * type === MessageType.PUBLISH; // true
 * elements[3]; // com.example.hello
 * payload.values(); // [ [ 'world' ] ]
 * ```
 *
 * @throws ProtocolViolation if the frame contains no WAMP message that a client may send
 */
export function readMessage(serializer: Serializer, content: Content, maxDepth: number): Message {
  let elements: readonly unknown[];
  try {
    elements = serializer.parse(content, maxDepth) as readonly unknown[];
  } catch (error) {
    throw new ProtocolViolation(`the frame is not ${serializer.name}, or deeper than ${maxDepth} levels`, {
      cause: error,
    });
  }
  const { head, payload } = checkShape(elements);
  const type = elements[0] as number;
  const length = head.length + 1;
  if (!payload || elements.length === length) return { type, elements, payload: NO_PAYLOAD };
  const hasArgs = elements[length] !== null;
  // Reading past the end of a list is slow.
  const hasKwargs = elements.length > length + 1 && elements[length + 1] !== null;
  if (!hasArgs && !hasKwargs) return { type, elements, payload: NO_PAYLOAD };
  let missing: 'args' | 'kwargs' | undefined;
  if (!hasArgs) missing = 'args';
  else if (!hasKwargs && elements.length > length + 1) missing = 'kwargs';
  return { type, elements, payload: serializer.payload(content, length, missing) };
}
