import { MessageType } from './codes.ts';
import { ProtocolViolation } from './errors.ts';
import { isId } from './ids.ts';

/** An Options or Details element. Only known keys are read, and it is never merged into another object. */
export type Dict = Readonly<Record<string, unknown>>;

type Kind = 'id' | 'dict' | 'string' | 'integer';

/** The shape of a message: the types of its head elements after the message type, and whether a payload may follow. */
export interface Shape {
  readonly name: string;
  readonly head: readonly Kind[];
  readonly payload: boolean;
}

function shape(name: string, head: readonly Kind[], payload = false): Shape {
  return { name, head, payload };
}

/**
 * The messages that a client may send. A feature with a new message adds it here.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-no-polymorphism
 */
const shapes = new Map<unknown, Shape>([
  [MessageType.HELLO, shape('HELLO', ['string', 'dict'])],
  // ABORT may carry a payload that explains the reason.
  [MessageType.ABORT, shape('ABORT', ['dict', 'string'], true)],
  [MessageType.AUTHENTICATE, shape('AUTHENTICATE', ['string', 'dict'])],
  [MessageType.GOODBYE, shape('GOODBYE', ['dict', 'string'])],
  [MessageType.ERROR, shape('ERROR', ['integer', 'id', 'dict', 'string'], true)],
  [MessageType.PUBLISH, shape('PUBLISH', ['id', 'dict', 'string'], true)],
  [MessageType.SUBSCRIBE, shape('SUBSCRIBE', ['id', 'dict', 'string'])],
  [MessageType.UNSUBSCRIBE, shape('UNSUBSCRIBE', ['id', 'id'])],
  [MessageType.CALL, shape('CALL', ['id', 'dict', 'string'], true)],
  [MessageType.CANCEL, shape('CANCEL', ['id', 'dict'])],
  [MessageType.REGISTER, shape('REGISTER', ['id', 'dict', 'string'])],
  [MessageType.UNREGISTER, shape('UNREGISTER', ['id', 'id'])],
  [MessageType.YIELD, shape('YIELD', ['id', 'dict'], true)],
]);

/**
 * Whether a value is a dictionary. Bytes are objects but not dictionaries.
 *
 * @example
 * ```ts
 * isDict({ acknowledge: true }); // true
 * isDict([]); // false
 * ```
 */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'id':
      return isId(value);
    case 'dict':
      return isDict(value);
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
  }
}

/**
 * Checks a message and returns its shape.
 *
 * @example
 * ```ts
 * checkShape([MessageType.SUBSCRIBE, 1, {}, 'com.example.topic']).name; // SUBSCRIBE
 * checkShape([MessageType.SUBSCRIBE, 1]); // throws ProtocolViolation
 * ```
 *
 * @throws ProtocolViolation if it is not a WAMP message that a client may send
 */
export function checkShape(elements: unknown): Shape {
  if (!Array.isArray(elements)) throw new ProtocolViolation('a WAMP message is a list');
  const found = shapes.get(elements[0]);
  if (found === undefined) throw new ProtocolViolation('unknown message type');
  const { name, head, payload } = found;
  for (let index = 0; index < head.length; index++) {
    const kind = head[index] as Kind;
    if (!isKind(elements[index + 1], kind)) {
      throw new ProtocolViolation(`${name}: element ${index + 1} is not of type ${kind}`);
    }
  }
  // Some clients send null instead of omitting an optional list or dictionary.
  const start = head.length + 1;
  if (elements.length > start + (payload ? 2 : 0)) throw new ProtocolViolation(`${name}: too many elements`);
  if (elements.length > start && elements[start] !== null && !Array.isArray(elements[start])) {
    throw new ProtocolViolation(`${name}: Arguments is not a list`);
  }
  if (elements.length > start + 1 && elements[start + 1] !== null && !isDict(elements[start + 1])) {
    throw new ProtocolViolation(`${name}: ArgumentsKw is not a dictionary`);
  }
  return found;
}
