/** What one frame holds: text for JSON, bytes for the binary serializers. */
export type Content = string | Uint8Array;

/** Arguments and ArgumentsKw of a message, on their way through the router. */
export interface Payload {
  /** The elements exactly as they came, if they came in this serializer's format; `undefined` if they must be encoded. */
  rawFor(serializer: Serializer): Content | undefined;
  /** The elements as values; decoded on demand, since on the usual way through nobody looks at them. */
  values(): readonly unknown[];
}

/** The empty dictionary: most Details are this one, and a serializer need not write it anew each time. */
export const EMPTY_DICT: Readonly<Record<string, unknown>> = Object.freeze({});

/** An element of a message that the router writes itself. */
export type HeadElement = number | string | Readonly<Record<string, unknown>>;

/** The name of a serializer, in configurations and in WebSocket subprotocols. */
export type SerializerName = 'json' | 'msgpack' | 'cbor';

/**
 * One serialization format. It knows nothing of messages but that they are lists, whose tail is the payload.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-serializers
 */
export interface Serializer {
  readonly name: SerializerName;
  /** The WebSocket subprotocol that stands for it. */
  readonly subprotocol: string;
  /** Whether its frames are binary ones. */
  readonly binary: boolean;
  /**
   * Checks a whole frame and decodes the head of its message. Payload elements need not be decoded: all that is to be
   * seen of them is whether they are a list or a dictionary.
   *
   * @param maxDepth how many lists and dictionaries may be inside each other, the message itself included
   * @throws any error if the frame is malformed or too deep
   */
  parse(content: Content, maxDepth: number): unknown;
  /**
   * The payload of a frame that {@link parse} has accepted: everything after its first `headLength` elements.
   *
   * @param missing which of the two elements is null: Arguments become an empty list, ArgumentsKw are left out
   */
  payload(content: Content, headLength: number, missing?: 'args' | 'kwargs'): Payload;
  /** Writes a message; the payload is spliced in as it came, if it came in the same format. */
  encode(head: readonly HeadElement[], payload: Payload): Content;
}

/**
 * A payload made of values: what the router has to say itself.
 *
 * @example
 * ```ts
 * const payload = new ValuesPayload([['world'], { lang: 'en' }]);
 * json.encode([MessageType.EVENT, 1, 2, {}], payload); // [36,1,2,{},["world"],{"lang":"en"}]
 * payload.values(); // [ [ 'world' ], { lang: 'en' } ]
 * payload.rawFor(); // undefined: it is encoded whenever it is sent
 * ```
 */
export class ValuesPayload implements Payload {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  rawFor(): undefined {
    return undefined;
  }

  values(): readonly unknown[] {
    return this.#values;
  }
}

/** Neither Arguments nor ArgumentsKw. */
export const NO_PAYLOAD: Payload = new ValuesPayload([]);

const HEAD = [0];

/**
 * A copy of a payload that is kept, and its size. The payload at hand may be a small part of a large piece of memory,
 * which would be kept with it.
 */
export function detach(payload: Payload, serializer: Serializer): readonly [payload: Payload, size: number] {
  const content = serializer.encode(HEAD, payload);
  if (payload instanceof ValuesPayload) return [payload, content.length];
  const own = typeof content === 'string' ? content : Buffer.from(new Uint8Array(content).buffer);
  return [serializer.payload(own, HEAD.length), content.length];
}
