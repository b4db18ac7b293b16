import { offsetOfPart, readUsual } from '../json/frame-scan.ts';
import { parseValues, stringifyLossless } from '../json/lossless.ts';
import { isDeeperThan, offsetOfElement } from '../json/scan.ts';
import { type Content, type HeadElement, type Payload, type Serializer, textOf } from './serializer.ts';

/** The JSON text of a dictionary, and its UTF-8. */
interface ConstantJson {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const constants = new WeakMap<object, ConstantJson>();

/** Makes a dictionary that never changes. Its JSON text is written once, because it is sent with many messages. */
export function constantDict(dict: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(dict);
  constants.set(dict, { text, bytes: Buffer.from(text) });
  return Object.freeze(dict);
}

/** The empty dictionary. Most Details are this object. */
export const EMPTY_DICT = constantDict({});

/**
 * The text of Arguments and ArgumentsKw. It is never parsed and written again, so numbers beyond 2^53, `1.0`, the order
 * of keys and duplicate keys reach the other end unchanged.
 */
class JsonPayload implements Payload {
  readonly #content: Content;

  constructor(content: Content) {
    this.#content = content;
  }

  rawFor(serializer: Serializer): Content | undefined {
    return serializer === json ? this.#content : undefined;
  }

  values(): readonly unknown[] {
    return parseValues(`[${textOf(this.#content)}]`) as readonly unknown[];
  }
}

/**
 * A cache for topics: consecutive messages mostly have the same topic, and writing it takes a tenth of the time of a
 * publication.
 */
const latest = { string: '', text: '""' };

function encodeString(string: string): string {
  if (string === latest.string) return latest.text;
  const text = JSON.stringify(string);
  if (text.length > string.length + 2) return text;
  latest.text = text;
  // The string itself may be a slice of a large one, which it would keep in memory. A slice of the new text avoids
  // this.
  latest.string = text.slice(1, -1);
  return text;
}

const COMMA = 0x2c;
const ZERO = 0x30;
const LIST = 0x5b;
const END_OF_LIST = 0x5d;
const DICT = 0x7b;
const END_OF_DICT = 0x7d;

const MAX_HEAD = 6;
const HALF = 1e8;
const MAX_SMALL = 2 ** 31;

/** V8 takes twice the time for a large number as for its halves. Ids are integers up to 2^53. */
function encodeNumber(number: number): string {
  if (number < MAX_SMALL || !Number.isSafeInteger(number)) return String(number);
  const high = Math.floor(number / HALF);
  return `${high}${String(number - high * HALF + HALF).slice(1)}`;
}

function encodeElement(element: HeadElement): string {
  if (typeof element === 'number') return encodeNumber(element);
  if (typeof element === 'string') return encodeString(element);
  return constants.get(element)?.text ?? stringifyLossless(element);
}

function encodeText(head: readonly HeadElement[], tail: string): string {
  let text = `[${encodeElement(head[0] as HeadElement)}`;
  for (let index = 1; index < head.length; index++) text += `,${encodeElement(head[index] as HeadElement)}`;
  return tail === '' ? `${text}]` : `${text},${tail}]`;
}

/** The text of the elements of a payload, without the brackets. */
function encodeValues(values: readonly unknown[]): string {
  return values.length === 0 ? '' : stringifyLossless(values).slice(1, -1);
}

// The longest head of numbers and constant dictionaries; others are encoded as text.
const headBytes = Buffer.alloc(512);
/** The longest head of numbers, with its brackets and commas. */
const NUMBERS_LENGTH = 128;

/** Writes an integer at `start`. Returns the offset after it. */
function writeInteger(number: number, start: number): number {
  if (number >= HALF) {
    const high = Math.floor(number / HALF);
    const end = writeInteger(high, start);
    writeDigits(number - high * HALF, end, 8);
    return end + 8;
  }
  let length = 1;
  for (let limit = 10; limit <= number; limit *= 10) length++;
  writeDigits(number, start, length);
  return start + length;
}

function writeDigits(number: number, start: number, length: number): void {
  let rest = number | 0;
  for (let at = start + length - 1; at >= start; at--) {
    const next = (rest / 10) | 0;
    headBytes[at] = ZERO + rest - next * 10;
    rest = next;
  }
}

/** Writes the elements before a payload, and the comma after them. Returns the length, 0 if there is a rare element. */
function writeHead(head: readonly HeadElement[]): number {
  headBytes[0] = LIST;
  let at = 1;
  for (let index = 0; index < head.length; index++) {
    const element = head[index] as HeadElement;
    if (typeof element === 'number' && Number.isSafeInteger(element) && element >= 0) {
      at = writeInteger(element, at);
    } else if (element === EMPTY_DICT) {
      headBytes[at++] = DICT;
      headBytes[at++] = END_OF_DICT;
    } else {
      const bytes = typeof element === 'object' ? constants.get(element)?.bytes : undefined;
      if (bytes === undefined || at + bytes.length > headBytes.length - NUMBERS_LENGTH) return 0;
      headBytes.set(bytes, at);
      at += bytes.length;
    }
    headBytes[at++] = COMMA;
  }
  return at;
}

function encodeBytes(head: readonly HeadElement[], payload: Uint8Array): Uint8Array {
  const length = head.length > MAX_HEAD ? 0 : writeHead(head);
  if (length === 0) return Buffer.from(encodeText(head, textOf(payload)));
  const bytes = Buffer.allocUnsafe(length + payload.length + 1);
  for (let at = 0; at < length; at++) bytes[at] = headBytes[at] as number;
  bytes.set(payload, length);
  bytes[bytes.length - 1] = END_OF_LIST;
  return bytes;
}

/**
 * The JSON serializer. A frame is validated once: bytes by a scan that decodes only the head, texts and rare forms of
 * JSON by the native parser. A scan of the head then finds the payload, which is cut out of the frame.
 */
export const json: Serializer = {
  name: 'json',
  subprotocol: 'wamp.2.json',
  binary: false,

  parse(content: Content, maxDepth: number): unknown {
    const elements = typeof content === 'string' ? undefined : readUsual(content, maxDepth);
    if (elements !== undefined) return elements;
    const text = textOf(content);
    if (isDeeperThan(text, maxDepth)) throw new RangeError('too many levels');
    return JSON.parse(text);
  },

  payload(content: Content, headLength: number, missing?: 'args' | 'kwargs'): Payload {
    // The payload of bytes is bytes, which need not be decoded and encoded again.
    if (typeof content !== 'string' && missing === undefined) {
      let end = content.length - 1;
      while (content[end] !== END_OF_LIST) end--;
      return new JsonPayload(content.subarray(offsetOfPart(content, headLength), end));
    }
    const text = textOf(content);
    const end = text.lastIndexOf(']');
    if (missing === 'args') return new JsonPayload(`[],${text.slice(offsetOfElement(text, headLength + 1), end)}`);
    const start = offsetOfElement(text, headLength);
    return new JsonPayload(text.slice(start, missing === 'kwargs' ? text.lastIndexOf(',') : end));
  },

  encode(head: readonly HeadElement[], payload: Payload): Content {
    const raw = payload.rawFor(json);
    if (typeof raw === 'object') return encodeBytes(head, raw);
    return encodeText(head, raw ?? encodeValues(payload.values()));
  },
};
