import { textOf } from '../serializers/serializer.ts';

/*
 * Reads the usual messages from the bytes of JSON text, without making values of a payload. The bytes must be UTF-8.
 * A function that returns an offset returns the one after the text that it has read, or UNUSUAL.
 */

const UNUSUAL = -1;

// Each file has its own codes of characters: V8 reads an imported constant anew each time, and reading a message would
// take two thirds longer.
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LIST = 0x5b;
const END_OF_LIST = 0x5d;
const DICT = 0x7b;
const END_OF_DICT = 0x7d;
const SPACE = 0x20;
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS = ['true', 'false', 'null'].map((literal) => Buffer.from(literal));

// A number with so many digits is computed without loss.
const MAX_DIGITS = 15;
const MAX_KEPT_LENGTH = 256;
// A power of two.
const MAX_KEPT = 4096;

const NO_OPTIONS = Object.freeze({});
// Placeholders for elements of a payload, which are checked but not decoded.
const ANY_LIST: readonly unknown[] = Object.freeze([]);
const ANY_DICT = NO_OPTIONS;

/** An element and its bytes. */
interface Known {
  readonly bytes: Uint8Array;
  readonly element: unknown;
}

/** Options and topics of former messages, by a hash of their bytes. */
const kept: (Known | undefined)[] = new Array(MAX_KEPT).fill(undefined);

/** The options and the topic of the last message, by their index: those of the next one are mostly the same. */
const latest: (Known | undefined)[] = [
  undefined,
  undefined,
  { bytes: Buffer.from('{}'), element: NO_OPTIONS },
  { bytes: Buffer.from('""'), element: '' },
];

/**
 * The elements of a message. Those of the payload, which starts with the first list, are only checked. Returns
 * `undefined` if the bytes are no message, and also for a few forms of JSON that are rare in messages.
 *
 * @param maxDepth nesting limit of lists and dictionaries; deeper messages are unusual
 */
export function readUsual(bytes: Uint8Array, maxDepth: number): readonly unknown[] | undefined {
  if (bytes[0] !== LIST || maxDepth < 2) return undefined;
  const elements: unknown[] = [];
  let isPayload = false;
  let at = 1;
  for (;;) {
    at = skipSpace(bytes, at);
    const code = bytes[at] as number;
    const known = latest[elements.length];
    if (known !== undefined && startsWith(bytes, known.bytes, at)) {
      elements.push(known.element);
      at += known.bytes.length;
    } else {
      const end = endOfValue(bytes, at, maxDepth - 1);
      if (end === UNUSUAL) return undefined;
      isPayload ||= code === LIST;
      if (code === LIST) elements.push(ANY_LIST);
      else elements.push(isPayload && code === DICT ? ANY_DICT : decode(bytes, at, end, elements.length));
      at = end;
    }
    at = skipSpace(bytes, at);
    if (bytes[at] === END_OF_LIST) return at + 1 === bytes.length ? elements : undefined;
    if (bytes[at] !== COMMA) return undefined;
    at++;
  }
}

/** The offset of element number `count` of a message, after the comma before it. The message must have that element. */
export function offsetOfPart(bytes: Uint8Array, count: number): number {
  let at = skipSpace(bytes, 0) + 1;
  let depth = 0;
  let commas = 0;
  for (; ; at++) {
    const code = bytes[at];
    if (code === QUOTE) at = closingQuote(bytes, at);
    else if (code === LIST || code === DICT) depth++;
    else if (code === END_OF_LIST || code === END_OF_DICT) depth--;
    else if (code === COMMA && depth === 0 && ++commas === count) return at + 1;
  }
}

function closingQuote(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array, start: number): boolean {
  for (let index = 0; index < beginning.length; index++) {
    if (bytes[start + index] !== beginning[index]) return false;
  }
  return true;
}

function decode(bytes: Uint8Array, start: number, end: number, index: number): unknown {
  const number = end - start > MAX_DIGITS ? UNUSUAL : integer(bytes, start, end);
  if (number !== UNUSUAL) return number;
  const slot = hashOf(bytes, start, end);
  const former = kept[slot];
  if (former?.bytes.length === end - start && startsWith(bytes, former.bytes, start)) {
    if (index < latest.length) latest[index] = former;
    return former.element;
  }
  const element: unknown = JSON.parse(textOf(bytes.subarray(start, end)));
  if ((bytes[start] === QUOTE || bytes[start] === DICT) && end - start <= MAX_KEPT_LENGTH) {
    freeze(element);
    kept[slot] = { bytes: Buffer.from(bytes.subarray(start, end)), element };
  }
  return element;
}

/** Messages share the element, so it is frozen with all its parts. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

/** A place for an element in {@link kept}. Topics mostly differ in their last bytes or in their length. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = Math.max(start, end - 12); at < end; at++) hash = (hash * 31 + (bytes[at] as number)) | 0;
  return hash & (MAX_KEPT - 1);
}

/** The integer from `start` to `end`; UNUSUAL if there is something else than digits. */
function integer(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return UNUSUAL;
    number = number * 10 + digit;
  }
  return number;
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const code = bytes[at] as number;
    if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

function endOfValue(bytes: Uint8Array, start: number, depth: number): number {
  const code = bytes[start] as number;
  if (code === QUOTE) return endOfString(bytes, start);
  if (code === MINUS || isDigit(code)) return endOfNumber(bytes, start);
  if (code === LIST) return depth === 0 ? UNUSUAL : endOfList(bytes, start, depth - 1);
  if (code === DICT) return depth === 0 ? UNUSUAL : endOfDict(bytes, start, depth - 1);
  for (const literal of LITERALS) if (startsWith(bytes, literal, start)) return start + literal.length;
  return UNUSUAL;
}

function endOfList(bytes: Uint8Array, start: number, depth: number): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === END_OF_LIST) return at + 1;
  for (;;) {
    at = endOfValue(bytes, at, depth);
    if (at === UNUSUAL) return at;
    at = skipSpace(bytes, at);
    const code = bytes[at];
    if (code === END_OF_LIST) return at + 1;
    if (code !== COMMA) return UNUSUAL;
    at = skipSpace(bytes, at + 1);
  }
}

function endOfDict(bytes: Uint8Array, start: number, depth: number): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === END_OF_DICT) return at + 1;
  for (;;) {
    at = bytes[at] === QUOTE ? endOfString(bytes, at) : UNUSUAL;
    if (at === UNUSUAL) return at;
    at = skipSpace(bytes, at);
    if (bytes[at] !== COLON) return UNUSUAL;
    at = endOfValue(bytes, skipSpace(bytes, at + 1), depth);
    if (at === UNUSUAL) return at;
    at = skipSpace(bytes, at);
    const code = bytes[at];
    if (code === END_OF_DICT) return at + 1;
    if (code !== COMMA) return UNUSUAL;
    at = skipSpace(bytes, at + 1);
  }
}

/** A string with `\u` is unusual. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; ; at++) {
    const code = bytes[at] as number;
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH && ESCAPED.has(bytes[at + 1] as number)) at++;
    // After the last byte, `code` is undefined.
    else if (!(code >= SPACE) || code === BACKSLASH) return UNUSUAL;
  }
}

/** A number with an exponent is unusual. */
function endOfNumber(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let at = endOfDigits(bytes, first);
  if (at === first || (bytes[first] === ZERO && at > first + 1)) return UNUSUAL;
  if (bytes[at] === POINT) {
    const fraction = at + 1;
    at = endOfDigits(bytes, fraction);
    if (at === fraction) return UNUSUAL;
  }
  return at;
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at] as number)) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
