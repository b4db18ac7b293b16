import { UnserializableError, WampError } from './errors.ts';

/** What V8 hands to a reviver besides key and value. */
interface ReviverContext {
  readonly source?: string;
}

type Reviver = (this: unknown, key: string, value: unknown, context?: ReviverContext) => unknown;

/** `JSON.rawJSON`, which TypeScript's library does not declare yet: a value that is serialised as the given text. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

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
 * Parses JSON without loss: a number that a JavaScript number cannot hold stays the text that it was, and is serialised as that
 * text again.
 */
export function parseLossless(text: string): unknown {
  // Parsing without a reviver is several times as fast, and short numbers lose nothing.
  return /\d{16}|\d[.eE]/.test(text)
    ? JSON.parse(text, keepNumber as Parameters<typeof JSON.parse>[1])
    : JSON.parse(text);
}

/**
 * Parses JSON text of a publication without loss.
 *
 * @throws `WampError` `wamp.error.invalid_argument` for what is no JSON.
 */
export function parsePart(name: string, text: string): unknown {
  try {
    return parseLossless(text);
  } catch (error) {
    throw new WampError('wamp.error.invalid_argument', [`${name} of the publication is no JSON: ${String(error)}`]);
  }
}

const keepNumber: Reviver = (_key, value, context) => {
  if (typeof value !== 'number' || context?.source === undefined || String(value) === context.source) return value;
  return rawJSON(context.source);
};
