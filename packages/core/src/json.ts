import { UnserializableError, WampError } from './errors.ts';

/** What V8 hands to a reviver besides key and value. */
interface ReviverContext {
  readonly source?: string;
}

type Reviver = (this: unknown, key: string, value: unknown, context?: ReviverContext) => unknown;

/** `JSON.rawJSON`, which TypeScript's library does not declare yet: a value that is serialised as the given text. */
const { rawJSON, isRawJSON: isRaw } = JSON as unknown as {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

/** Whether a value is a number that stayed text, as `parseLossless` keeps those that a JavaScript number cannot hold. */
export function isRawJSON(value: unknown): boolean {
  return isRaw(value);
}

/** Whether a value is what JSON calls an object, and neither bytes nor a number that stayed text. */
export function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof Uint8Array) && !isRaw(value);
}

/**
 * Serialises a WAMP message: bigint as a number with all its digits, bytes by WAMP's convention as a string that begins with
 * U+0000 and goes on in base64.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 * @throws `UnserializableError` for what JSON cannot express, such as a cycle.
 */
export function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, replacer) ?? 'null';
  } catch (error) {
    throw new UnserializableError({ cause: error });
  }
}

function replacer(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(value.toString());
  // Buffer has a toJSON, so that only its holder still knows what it was.
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Uint8Array) return `\0${Buffer.from(original).toString('base64')}`;
  return value;
}

/**
 * A number that may be written otherwise once it has been a JavaScript number: by 16 digits, by an exponent, by a fraction that
 * ends in 0, by many zeros before its first digit. What looks so in a string is a false alarm that costs some time. The
 * expression begins with what V8 can look for fast, and backs off from times of day, the most frequent of such strings.
 */
const longNumber = /[[,:](?<!\d:)\s*-?\d(?:[\d.]{15}|[\d.]*(?:[eE]|\.\d*0(?!\d))|\.0{6})/g;

/** Whether an array or an object, as JSON text from a place on, may hold a number that a JavaScript number does not give back as it was. */
export function losesDigits(text: string, from = 0): boolean {
  longNumber.lastIndex = from;
  return longNumber.test(text);
}

const bareNumber = /^\s*-?\d/;

/**
 * Parses JSON without loss: a number that a JavaScript number cannot hold stays the text that it was, and is serialised as that
 * text again.
 */
export function parseLossless(text: string): unknown {
  // Parsing without a reviver is several times as fast.
  if (!losesDigits(text) && !bareNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, keepNumber as Parameters<typeof JSON.parse>[1]);
}

/**
 * Parses JSON text of a payload or of options without loss.
 *
 * @throws `WampError` `wamp.error.invalid_argument` for what is no JSON.
 */
export function parsePart(name: string, text: string): unknown {
  try {
    return parseLossless(text);
  } catch (error) {
    throw new WampError('wamp.error.invalid_argument', [`${name} is no JSON: ${String(error)}`]);
  }
}

const keepNumber: Reviver = (_key, value, context) => {
  if (typeof value !== 'number' || context?.source === undefined || String(value) === context.source) return value;
  return rawJSON(context.source);
};
