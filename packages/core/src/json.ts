import { isRawJSON, parseLossless, stringifyLossless } from '@pgwamp/protocol/internal';
import { UnserializableError, WampError } from './errors.ts';

export { isRawJSON, parseLossless };

/** Whether a value is a JSON object. Bytes, and numbers retained as text, are not. */
export function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof Uint8Array) && !isRawJSON(value);
}

/**
 * Serializes a value as JSON without loss.
 *
 * @throws `UnserializableError` for a value that JSON cannot express, such as a cycle.
 */
export function stringify(value: unknown): string {
  try {
    return stringifyLossless(value);
  } catch (error) {
    throw new UnserializableError({ cause: error });
  }
}

/**
 * Parses the JSON text of a payload or of options without loss.
 *
 * @throws `WampError` `wamp.error.invalid_argument` for invalid JSON.
 */
export function parsePart(name: string, text: string): unknown {
  try {
    return parseLossless(text);
  } catch (error) {
    throw new WampError('wamp.error.invalid_argument', [`${name} is no JSON: ${String(error)}`]);
  }
}
