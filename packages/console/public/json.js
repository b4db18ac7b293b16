/**
 * JSON without loss: a number that JavaScript cannot represent (an int8 beyond 2^53, a numeric with trailing zeros) is
 * kept and printed with PostgreSQL's digits.
 */

/** @typedef {{ source?: string } | undefined} ParseContext  the context of a primitive for a reviver */

/** Some browsers lack `JSON.rawJSON`; there, numbers are rounded as in JavaScript. */
const { rawJSON, isRawJSON } =
  /** @type {{ rawJSON?: (source: string) => unknown, isRawJSON?: (value: unknown) => boolean }} */ (JSON);

/**
 * @param {string} _key
 * @param {unknown} value
 * @param {ParseContext} [context]
 */
function exactNumber(_key, value, context) {
  if (typeof value !== 'number' || !rawJSON || context?.source === undefined) return value;
  return String(value) === context.source ? value : rawJSON(context.source);
}

/**
 * Parses JSON; a number that would lose digits becomes a `JSON.rawJSON` object, which prints its original text.
 *
 * @param {string} text
 * @returns {unknown}
 */
export function parse(text) {
  try {
    return JSON.parse(text, exactNumber);
  } catch (error) {
    // Nested thousands of levels deep, only a reviver overflows the stack: a rounded number is better than no event.
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** Limit of characters of a line; a longer value is broken. */
const WIDTH = 88;

/** Beyond this depth, a value is not laid out: the layout recurses, and nobody reads it there. */
const DEPTH = 24;

/**
 * The parts of an array or object, each with its key; `undefined` for what has no parts (or was kept as raw JSON).
 *
 * @param {unknown} value
 * @param {number} depth
 * @returns {[key: string, value: unknown][] | undefined}
 */
function parts(value, depth) {
  if (depth > DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((item) => ['', item]);
  if (typeof value !== 'object' || value === null || isRawJSON?.(value)) return undefined;
  return Object.entries(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item]);
}

/** @param {unknown} value */
function leaf(value) {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return '"… nested too deep to be shown"';
    throw error;
  }
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {string}
 */
function oneLine(value, depth) {
  const items = parts(value, depth)?.map(([key, item]) => key + oneLine(item, depth + 1));
  if (!items) return leaf(value);
  return Array.isArray(value) ? `[${items.join(', ')}]` : `{${items.join(', ')}}`;
}

/**
 * Prints a value for reading: a value that fits stays on one line; a longer one is broken and indented by two spaces.
 *
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {string}
 */
export function pretty(value, depth = 0) {
  const line = oneLine(value, depth);
  const items = line.length + depth * 2 > WIDTH ? parts(value, depth) : undefined;
  if (!items?.length) return line;
  const indent = '  '.repeat(depth);
  const lines = items.map(([key, item]) => `${indent}  ${key}${pretty(item, depth + 1)}`).join(',\n');
  return `${line[0]}\n${lines}\n${indent}${line.at(-1)}`;
}

/** A key, a string, a number, a literal. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)/g;

/**
 * Splits printed JSON into tokens to be colored; `kind` is empty for punctuation.
 *
 * @param {string} text
 * @returns {Generator<{ kind: '' | 'key' | 'string' | 'number' | 'literal', text: string }>}
 */
export function* tokens(text) {
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [, string, colon, number] = match;
    const token = string ?? match[0];
    if (match.index > end) yield { kind: '', text: text.slice(end, match.index) };
    yield { kind: string ? (colon ? 'key' : 'string') : number ? 'number' : 'literal', text: token };
    end = match.index + token.length;
  }
  if (end < text.length) yield { kind: '', text: text.slice(end) };
}

/** Invisible characters, and those that change the text direction. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Replaces characters that would make other text unreadable by their JSON escapes; line feeds are kept.
 *
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return text.replace(UNSEEN, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  );
}

/** @param {string} unit one of UTF-16 */
function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
