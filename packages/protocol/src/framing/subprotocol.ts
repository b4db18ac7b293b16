import { type Content, type Serializer, type SerializerName, textOf } from '../serializers/serializer.ts';
import { serializersNamed } from '../serializers/serializers.ts';
import type { Framing } from './frame.ts';
import { binaryWebsocketFraming, websocketFraming } from './websocket-framing.ts';

/** The batches of WAMP messages in WebSocket messages of one connection. */
export interface Batching {
  /** Writes a batch of one message as a whole WebSocket frame. */
  readonly framing: Framing;
  /** Writes a batch of one message as the content of a WebSocket message. */
  pack(content: Content): Content;
  /**
   * Splits a WebSocket message into WAMP messages. Malformed content is returned as one message, which the serializer
   * then refuses.
   */
  unpack(content: Content): readonly Content[];
}

// The specification names U+001E. Existing implementations use U+0018.
const SPECIFIED = '\u001e';
const IN_USE = '\u0018';

/** Writes messages as WebSocket frames whose content is what `pack` makes of a message. */
function framingOf(framing: Framing, pack: (content: Content) => Content): Framing {
  return {
    sizeOf: (content) => framing.sizeOf(pack(content)),
    write: (content, into, at, size) => framing.write(pack(content), into, at, size),
  };
}

const jsonFramings: Readonly<Record<string, Framing>> = {
  [SPECIFIED]: framingOf(websocketFraming, (content) => textOf(content) + SPECIFIED),
  [IN_USE]: framingOf(websocketFraming, (content) => textOf(content) + IN_USE),
};

/**
 * A batch of JSON messages, each followed by a separator. Valid JSON cannot contain either separator unescaped. The
 * router answers with the separator that its client uses.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-message-batching
 */
class JsonBatch implements Batching {
  #separator = IN_USE;

  get framing(): Framing {
    return jsonFramings[this.#separator] ?? websocketFraming;
  }

  pack(content: Content): Content {
    return textOf(content) + this.#separator;
  }

  unpack(content: Content): readonly Content[] {
    const text = textOf(content);
    const last = text.at(-1) ?? '';
    if (last in jsonFramings) this.#separator = last;
    const messages = text.replaceAll(SPECIFIED, IN_USE).split(IN_USE);
    if (messages.length > 1 && messages.at(-1) === '') messages.pop();
    return messages;
  }
}

const LENGTH_SIZE = 4;

function withLength(content: Content): Uint8Array {
  const bytes = content as Uint8Array;
  const packed = Buffer.allocUnsafe(LENGTH_SIZE + bytes.length);
  packed.writeUInt32BE(bytes.length);
  packed.set(bytes, LENGTH_SIZE);
  return packed;
}

/**
 * The offset of the end of the message at `start`. If the message is truncated, the offset is beyond the end of the
 * batch.
 */
function endOfMessage(batch: Buffer, start: number): number {
  if (start + LENGTH_SIZE > batch.length) return Number.POSITIVE_INFINITY;
  return start + LENGTH_SIZE + batch.readUInt32BE(start);
}

/** A batch of binary messages, each preceded by its length. */
const BINARY_BATCH: Batching = {
  framing: framingOf(binaryWebsocketFraming, withLength),
  pack: withLength,
  unpack(content) {
    const batch = content as Buffer;
    const messages: Content[] = [];
    let start = 0;
    do {
      const end = endOfMessage(batch, start);
      messages.push(end <= batch.length ? batch.subarray(start + LENGTH_SIZE, end) : new Uint8Array(0));
      start = end;
    } while (start < batch.length);
    return messages;
  },
};

/** A WebSocket subprotocol: a serializer, with or without batching. */
export interface Subprotocol {
  readonly name: string;
  readonly serializer: Serializer;
  /** Returns the batching of a new connection, undefined for one WAMP message in each WebSocket message. */
  readonly openBatching: () => Batching | undefined;
}

/**
 * The name of a subprotocol in configurations: the name of its serializer, followed by `.batched` if messages are
 * batched.
 */
export type SubprotocolName = SerializerName | `${SerializerName}.batched`;

export function subprotocolNamed(name: SubprotocolName): Subprotocol {
  const [serializer] = name.split('.') as [SerializerName];
  const [single, batched] = subprotocolsOf(serializersNamed([serializer])) as [Subprotocol, Subprotocol];
  return name === serializer ? single : batched;
}

/** The subprotocols of some serializers, each with and without batching. */
export function subprotocolsOf(serializers: readonly Serializer[]): readonly Subprotocol[] {
  return serializers.flatMap((serializer) => {
    const { subprotocol: name, binary } = serializer;
    const openBatch = () => (binary ? BINARY_BATCH : new JsonBatch());
    return [
      { name, serializer, openBatching: () => undefined },
      { name: `${name}.batched`, serializer, openBatching: openBatch },
    ];
  });
}
