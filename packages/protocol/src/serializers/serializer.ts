/** The content of one frame: text or its UTF-8 bytes for JSON, bytes for the binary serializers. */
export type Content = string | Uint8Array;

/** The content of a JSON frame as text. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString();
}

/** Arguments and ArgumentsKw of a message that the router forwards. */
export interface Payload {
  /**
   * The elements exactly as received, if they were received in the format of `serializer`. `undefined` if they must be
   * encoded.
   */
  rawFor(serializer: Serializer): Content | undefined;
  /**
   * The elements as values. They are decoded on demand, because the router usually forwards them without reading them.
   */
  values(): readonly unknown[];
}

/** An element of a message that the router writes itself. */
export type HeadElement = number | string | Readonly<Record<string, unknown>>;

/** The name of a serializer, in configurations and in WebSocket subprotocols. */
export type SerializerName = 'json' | 'msgpack' | 'cbor';

/**
 * One serialization format. A serializer knows messages only as lists that end with the payload.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-serializers
 */
export interface Serializer {
  readonly name: SerializerName;
  /** The WebSocket subprotocol of this serializer. */
  readonly subprotocol: string;
  /** Whether its frames are binary. */
  readonly binary: boolean;
  /**
   * Checks a whole frame and decodes the head of its message. Payload elements may remain encoded: the result only has
   * to show whether each is a list or a dictionary.
   *
   * @param maxDepth nesting limit of lists and dictionaries, including the message itself
   * @throws any error if the frame is malformed or too deep
   */
  parse(content: Content, maxDepth: number): unknown;
  /**
   * The payload of a frame that {@link parse} has accepted: everything after its first `headLength` elements.
   *
   * @param missing which of the two elements is null: Arguments become an empty list, ArgumentsKw are left out
   */
  payload(content: Content, headLength: number, missing?: 'args' | 'kwargs'): Payload;
  /** Writes a message. A payload in the same format is copied without decoding. */
  encode(head: readonly HeadElement[], payload: Payload): Content;
}

/**
 * A payload made of values, for messages that the router creates itself.
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

/** A payload without Arguments and ArgumentsKw. */
export const NO_PAYLOAD: Payload = new ValuesPayload([]);

const HEAD = [0];

/**
 * Copies a payload that is to be retained, and returns its size. Without the copy, a small payload could keep a much
 * larger buffer in memory.
 */
export function detach(payload: Payload, serializer: Serializer): readonly [payload: Payload, size: number] {
  const content = serializer.encode(HEAD, payload);
  if (payload instanceof ValuesPayload) return [payload, content.length];
  const own = typeof content === 'string' ? content : Buffer.from(new Uint8Array(content).buffer);
  return [serializer.payload(own, HEAD.length), content.length];
}
