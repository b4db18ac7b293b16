import { integerFrom } from '../integers.ts';

/** What V8 hands to a reviver besides key and value. */
interface ReviverContext {
  readonly source?: string;
}

/** What TypeScript's library does not declare yet. */
const { rawJSON, isRawJSON: isRaw } = JSON as unknown as {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

const { parse } = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown): unknown;
};

/** Whether a value is a number that stayed text, as {@link parseLossless} keeps those that a number cannot hold. */
export function isRawJSON(value: unknown): boolean {
  return isRaw(value);
}

type Dictionary = Readonly<Record<string, unknown>>;

function replace(this: Dictionary, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(value.toString());
  // Buffer has a toJSON(), so that only its holder still knows what it was.
  const original = this[key];
  if (!(original instanceof Uint8Array)) return value;
  return `\0${Buffer.from(original.buffer, original.byteOffset, original.length).toString('base64')}`;
}

/** Levels that are looked at before the native writer gets values alone: what is deeper is no head of a message. */
const LOOKED_AT = 16;

/** Whether values are such as JSON.stringify() writes without loss: texts, numbers that fit, lists and plain objects of these. */
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
 * Values as JSON text that loses nothing: bigints as digits, numbers that stayed text as that text, and bytes by WAMP's
 * convention as a string of U+0000 and base64. What JSON cannot express becomes `null`.
 *
 * @throws TypeError for a cycle, RangeError for what is nested too deeply
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 */
export function stringifyLossless(value: unknown): string {
  // The native writer alone is several times as fast as with a function that it calls for each value.
  return (isPlain(value) ? JSON.stringify(value) : JSON.stringify(value, replace)) ?? 'null';
}

// A conversion takes time that grows with the square of the digits; what is longer stays the number that JSON.parse made.
const MOST_DIGITS = 1_000;
const INTEGER = /^-?\d+$/;
const NEEDS_REVIVER = /\d{16}|\\u0000/;
const NO_BASE64 = /[^A-Za-z0-9+/=]/;

/** Without a repetition: the text may have millions of characters. */
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
 * JSON text as values for a binary serializer: integers that a number cannot hold become bigints, and strings that
 * stand for bytes become bytes. Other numbers are JavaScript's.
 *
 * @throws SyntaxError
 * @see https://wamp-proto.org/wamp_latest_ietf.html#binary-conversion-of-json-strings
 */
export function parseValues(text: string): unknown {
  // Most texts have neither, and the native parser is several times as fast alone.
  if (!NEEDS_REVIVER.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source = '' }) => {
    if (typeof value === 'number') return reviveNumber(value, source);
    return typeof value === 'string' ? reviveString(value) : value;
  });
}

/**
 * A number that may be written otherwise once it has been a JavaScript number: by 16 digits, by an exponent, by a
 * fraction that ends in 0, by many zeros before its first digit. What looks so in a string is a false alarm that costs
 * some time. The expression begins with what V8 can look for fast, and backs off from times of day, the most frequent
 * of such strings.
 */
const LONG_NUMBER = /[[,:](?<!\d:)\s*-?\d(?:[\d.]{15}|[\d.]*(?:[eE]|\.\d*0(?!\d))|\.0{6})/g;
const BARE_NUMBER = /^\s*-?\d/;

/**
 * Whether a list or a dictionary, as JSON text from a place on, may hold a number that a JavaScript number does not give
 * back as it was.
 */
export function losesDigits(text: string, from = 0): boolean {
  LONG_NUMBER.lastIndex = from;
  return LONG_NUMBER.test(text);
}

/**
 * Parses JSON without loss: a number that a JavaScript number cannot hold stays the text that it was, and
 * {@link stringifyLossless} writes that text again.
 *
 * @throws SyntaxError
 */
export function parseLossless(text: string): unknown {
  // Parsing without a reviver is several times as fast.
  if (!losesDigits(text) && !BARE_NUMBER.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
    return rawJSON(source);
  });
}
