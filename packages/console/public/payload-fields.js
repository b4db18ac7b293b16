import { parse } from './json.js';

/**
 * Parses the typed arguments.
 *
 * @param {string} args
 * @param {string} kwargs
 * @returns {{ args: unknown[], kwargs: Record<string, unknown> }}
 * @throws {RangeError} with a sentence for the user
 */
export function payloadOf(args, kwargs) {
  const list = jsonOf(args, 'The positional arguments', '[]');
  const object = jsonOf(kwargs, 'The keyword arguments', '{}');
  if (!Array.isArray(list)) throw new RangeError('The positional arguments are no JSON array, such as ["hello", 23].');
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new RangeError('The keyword arguments are no JSON object, such as {"name": "Ada"}.');
  }
  return { args: list, kwargs: /** @type {Record<string, unknown>} */ (object) };
}

/**
 * @param {string} text
 * @param {string} what
 * @param {string} empty
 * @returns {unknown}
 */
function jsonOf(text, what, empty) {
  try {
    return parse(text.trim() || empty);
  } catch (error) {
    throw new RangeError(`${what} are not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
