import { integerFrom } from './integer.ts';

/** What TypeScript's library does not declare yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source: string }) => unknown;

// A conversion takes time that grows with the square of the digits; what is longer stays the number that JSON.parse made.
const MOST_DIGITS = 1_000;
const INTEGER = /^-?\d+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const NEEDS_REVIVER = /\d{16}|\\u0000/;

function reviveNumber(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value) || !INTEGER.test(source) || source.length > MOST_DIGITS) return value;
  return integerFrom(BigInt(source));
}

function reviveString(value: string): string | Uint8Array {
  if (value.charCodeAt(0) !== 0) return value;
  const base64 = value.slice(1);
  return BASE64.test(base64) ? new Uint8Array(Buffer.from(base64, 'base64')) : value;
}

const revive: Reviver = (_key, value, { source }) => {
  if (typeof value === 'number') return reviveNumber(value, source);
  return typeof value === 'string' ? reviveString(value) : value;
};

function replace(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(value.toString());
  // A Buffer is asked for here, since its own toJSON() has spoken already.
  const original = this[key];
  if (!(original instanceof Uint8Array)) return value;
  return `\0${Buffer.from(original.buffer, original.byteOffset, original.length).toString('base64')}`;
}

/**
 * JSON text as values that lose nothing: integers that a number cannot hold become bigints, and strings that stand for
 * bytes become bytes.
 *
 * @throws SyntaxError
 * @see https://wamp-proto.org/wamp_latest_ietf.html#binary-conversion-of-json-strings
 */
export function parseValues(text: string): unknown {
  // Most texts have neither, and the native parser is several times as fast alone.
  return NEEDS_REVIVER.test(text) ? JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) : JSON.parse(text);
}

/** The reverse of {@link parseValues}: bigints as digits, bytes as strings. What JSON cannot express becomes `null`. */
export function stringifyValues(values: object): string {
  return JSON.stringify(values, replace);
}
