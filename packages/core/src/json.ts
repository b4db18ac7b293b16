import { isRawJSON, parseLossless, stringifyLossless } from '@pgwamp/protocol/internal';
import { UnserializableError, WampError } from './errors.ts';

export { isRawJSON, parseLossless };

/** Whether a value is what JSON calls an object, and neither bytes nor a number that stayed text. */
export function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof Uint8Array) && !isRawJSON(value);
}

/**
 * Serialises a value as JSON without loss.
 *
 * @throws `UnserializableError` for what JSON cannot express, such as a cycle.
 */
export function stringify(value: unknown): string {
  try {
    return stringifyLossless(value);
  } catch (error) {
    throw new UnserializableError({ cause: error });
  }
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
