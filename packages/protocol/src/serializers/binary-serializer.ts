import type { BinaryReader } from './binary-reader.ts';
import type { BinaryWriter } from './binary-writer.ts';
import type { Content, HeadElement, Payload, Serializer, SerializerName } from './serializer.ts';

/** The parts of a binary format. */
export interface BinaryFormat {
  readonly name: SerializerName;
  readonly Reader: new (content: Uint8Array, at?: number) => BinaryReader;
  readonly Writer: new () => BinaryWriter;
}

// Placeholder for payload elements, which are checked but not decoded.
const ANY_LIST: readonly unknown[] = Object.freeze([]);
const ANY_DICT: Readonly<Record<string, unknown>> = Object.freeze({});

/** The bytes of Arguments and ArgumentsKw, and the number of these elements. */
class BinaryPayload implements Payload {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly #serializer: BinarySerializer;

  constructor(serializer: BinarySerializer, bytes: Uint8Array, count: number) {
    this.#serializer = serializer;
    this.bytes = bytes;
    this.count = count;
  }

  rawFor(serializer: Serializer): Uint8Array | undefined {
    return serializer === this.#serializer ? this.bytes : undefined;
  }

  values(): readonly unknown[] {
    return this.#serializer.decode(this.bytes, this.count);
  }
}

/**
 * Decodes the next element of a message. An element of the payload, which starts with the first list, is only checked.
 */
function readElement(reader: BinaryReader, isPayload: boolean, depth: number): unknown {
  const kind = reader.peek();
  if (kind !== 'list' && !(isPayload && kind === 'dict')) return reader.read(depth);
  reader.skip(depth);
  return kind === 'list' ? ANY_LIST : ANY_DICT;
}

function isAtEnd(reader: BinaryReader, length: number, count: number): boolean {
  return length < 0 ? reader.closeList() : count === length;
}

/**
 * A binary serializer. It decodes the head of a frame and only checks the payload. Peers with the same format receive
 * the payload bytes unchanged.
 */
export class BinarySerializer implements Serializer {
  readonly name: SerializerName;
  readonly subprotocol: string;
  readonly binary = true;
  readonly #Reader: BinaryFormat['Reader'];
  readonly #writer: BinaryWriter;

  constructor({ name, Reader, Writer }: BinaryFormat) {
    this.name = name;
    this.subprotocol = `wamp.2.${name}`;
    this.#Reader = Reader;
    this.#writer = new Writer();
  }

  parse(content: Content, maxDepth: number): unknown {
    const bytes = content as Uint8Array;
    const reader = new this.#Reader(bytes);
    const length = reader.openList();
    const elements: unknown[] = [];
    let isPayload = false;
    while (!isAtEnd(reader, length, elements.length)) {
      isPayload ||= reader.peek() === 'list';
      elements.push(readElement(reader, isPayload, maxDepth - 1));
    }
    if (reader.at !== bytes.length) throw new RangeError('there is more than one message in the frame');
    return elements;
  }

  payload(content: Content, headLength: number, missing?: 'args' | 'kwargs'): Payload {
    const bytes = content as Uint8Array;
    const reader = new this.#Reader(bytes);
    const length = reader.openList();
    for (let index = 0; index < headLength; index++) reader.skip(Number.POSITIVE_INFINITY);
    const start = reader.at;
    if (missing !== undefined) return this.#partOf(bytes, reader, missing);
    if (length >= 0) return new BinaryPayload(this, bytes.subarray(start), length - headLength);
    // The end mark of the list does not belong to the payload.
    let count = 0;
    for (; !reader.closeList(); count++) reader.skip(Number.POSITIVE_INFINITY);
    return new BinaryPayload(this, bytes.subarray(start, reader.at - 1), count);
  }

  /** The payload without the element that is null. */
  #partOf(bytes: Uint8Array, reader: BinaryReader, missing: 'args' | 'kwargs'): Payload {
    const start = reader.at;
    reader.skip(Number.POSITIVE_INFINITY);
    const middle = reader.at;
    if (missing === 'kwargs') return new BinaryPayload(this, bytes.subarray(start, middle), 1);
    reader.skip(Number.POSITIVE_INFINITY);
    this.#writer.begin();
    this.#writer.list(0);
    return new BinaryPayload(this, this.#writer.finish(bytes.subarray(middle, reader.at)), 2);
  }

  encode(head: readonly HeadElement[], payload: Payload): Uint8Array {
    const writer = this.#writer;
    writer.begin();
    if (payload instanceof BinaryPayload && payload.rawFor(this) !== undefined) {
      writer.list(head.length + payload.count);
      for (const element of head) writer.value(element);
      return writer.finish(payload.bytes);
    }
    const values = payload.values();
    writer.list(head.length + values.length);
    for (const element of head) writer.value(element);
    for (const value of values) writer.value(value);
    return writer.finish();
  }

  /** Decodes payload elements that {@link parse} has checked. */
  decode(bytes: Uint8Array, count: number): readonly unknown[] {
    const reader = new this.#Reader(bytes);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(reader.read(Number.POSITIVE_INFINITY));
    return values;
  }
}
