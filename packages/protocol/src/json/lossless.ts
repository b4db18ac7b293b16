import { integerFrom } from '../integers.ts';

/** The third argument that V8 passes to a reviver. */
interface ReviverContext {
  readonly source?: string;
}

/** These functions are missing in the type declarations of TypeScript. */
const { rawJSON, isRawJSON: isRaw } = JSON as unknown as {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

const { parse } = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown): unknown;
};

/**
 * Whether a value is a number that {@link parseLossless} retained as text, because a JavaScript number cannot represent
 * it.
 */
export function isRawJSON(value: unknown): boolean {
  return isRaw(value);
}

type Dictionary = Readonly<Record<string, unknown>>;

function replace(this: Dictionary, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(value.toString());
  // Buffer has a toJSON(), so the original value is only found in its holder.
  const original = this[key];
  if (!(original instanceof Uint8Array)) return value;
  return `\0${Buffer.from(original.buffer, original.byteOffset, original.length).toString('base64')}`;
}

/**
 * Number of levels that are checked before the native writer may run alone. The head of a message is never nested
 * deeper.
 */
const LOOKED_AT = 16;

/** Whether JSON.stringify() writes a value without loss: texts, numbers, and lists and plain objects of these. */
function isPlain(value: unknown, levels = LOOKED_AT): boolean {
  const type = typeof value;
  if (type !== 'object' || value === null) return type !== 'bigint' && type !== 'function';
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, levels - 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (!isPlain((value as Dictionary)[key], levels - 1)) return false;
  return true;
}

/**
 * Writes values as JSON text without loss: bigints as digits, numbers retained as text as that text, and bytes as a
 * string of U+0000 and base64, which is WAMP's convention. A value that JSON cannot express becomes `null`.
 *
 * @throws TypeError for a cycle, RangeError for a value that is nested too deeply
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 */
export function stringifyLossless(value: unknown): string {
  // The native writer is several times faster if it does not call a function for each value.
  return (isPlain(value) ? JSON.stringify(value) : JSON.stringify(value, replace)) ?? 'null';
}

// The time of a conversion grows with the square of the number of digits. A longer number remains as JSON.parse
// returned it.
const MOST_DIGITS = 1_000;
const INTEGER = /^-?\d+$/;
const NEEDS_REVIVER = /\d{16}|\\u0000/;
const NO_BASE64 = /[^A-Za-z0-9+/=]/;

/** The check uses no repetition in a regular expression, because the text may have millions of characters. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || NO_BASE64.test(text)) return false;
  const padding = text.indexOf('=');
  return padding === -1 || padding === text.length - 1 || (padding === text.length - 2 && text.endsWith('='));
}

function reviveNumber(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value) || source.length > MOST_DIGITS || !INTEGER.test(source)) return value;
  return integerFrom(BigInt(source));
}

function reviveString(value: string): string | Uint8Array {
  if (value.charCodeAt(0) !== 0) return value;
  const base64 = value.slice(1);
  return isBase64(base64) ? new Uint8Array(Buffer.from(base64, 'base64')) : value;
}

/**
 * Parses JSON text into values for a binary serializer. Integers that a number cannot represent become bigints, and
 * strings that represent bytes become bytes. Other numbers become JavaScript numbers.
 *
 * @throws SyntaxError
 * @see https://wamp-proto.org/wamp_latest_ietf.html#binary-conversion-of-json-strings
 */
export function parseValues(text: string): unknown {
  // Most texts contain neither, and the native parser is several times faster without a reviver.
  if (!NEEDS_REVIVER.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source = '' }) => {
    if (typeof value === 'number') return reviveNumber(value, source);
    return typeof value === 'string' ? reviveString(value) : value;
  });
}

/**
 * Matches a number whose text may differ after a conversion to a JavaScript number and back: a number with 16 digits,
 * with an exponent, with a fraction that ends in 0, or with many zeros before its first digit. A match inside a string
 * is a false alarm, which only costs time. The expression starts with characters that V8 finds quickly. It excludes
 * times of day, which are the most frequent false alarms.
 */
const LONG_NUMBER = /[[,:](?<!\d:)\s*-?\d(?:[\d.]{15}|[\d.]*(?:[eE]|\.\d*0(?!\d))|\.0{6})/g;
const BARE_NUMBER = /^\s*-?\d/;

/**
 * Whether a list or a dictionary may contain a number that a JavaScript number cannot return unchanged. The argument is
 * JSON text and an offset to start from.
 */
export function losesDigits(text: string, from = 0): boolean {
  LONG_NUMBER.lastIndex = from;
  return LONG_NUMBER.test(text);
}

/**
 * Parses JSON without loss. A number that a JavaScript number cannot represent is retained as text, and {@link
 * stringifyLossless} writes the same text again.
 *
 * @throws SyntaxError
 */
export function parseLossless(text: string): unknown {
  // Parsing without a reviver is several times faster.
  if (!losesDigits(text) && !BARE_NUMBER.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
    return rawJSON(source);
  });
}
