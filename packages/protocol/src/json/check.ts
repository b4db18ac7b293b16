/*
 * Checks JSON text without making values of it, so that a long text leaves no garbage.
 * Each function returns the offset after the text that it has read, or a fault, which is negative.
 */
const MALFORMED = -1;
const TOO_DEEP = -2;

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
const [UNICODE, EXPONENT] = Buffer.from('ue') as unknown as [number, number];
const LOWER_CASE = 0x20;
/**
 * Matches the characters that a string may contain unescaped: all but control characters, quotes and backslashes. It
 * also matches no characters at all.
 */
const PLAIN = /[ !#-[\]-\uffff]*/y;
const LITERALS = ['true', 'false', 'null'] as const;

/**
 * Why a text is invalid: `malformed` if it is not JSON of the expected kind, `too deep` if it exceeds the nesting
 * limit.
 */
export type JsonFault = 'malformed' | 'too deep';

/**
 * Checks a text that should be a JSON array or a JSON object.
 *
 * @param maxDepth nesting limit of arrays and objects
 * @returns `undefined` if `JSON.parse` would accept it
 */
export function jsonFault(text: string, kind: 'array' | 'object', maxDepth: number): JsonFault | undefined {
  const start = skipSpace(text, 0);
  if (text.charCodeAt(start) !== (kind === 'array' ? LIST : DICT)) return 'malformed';
  const end = value(text, start, maxDepth);
  if (end === TOO_DEEP) return 'too deep';
  return end === MALFORMED || skipSpace(text, end) < text.length ? 'malformed' : undefined;
}

/** At the end of the text, `charCodeAt` returns NaN, which is equal to no character code. */
function skipSpace(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

function value(text: string, start: number, depth: number): number {
  const code = text.charCodeAt(start);
  if (code === QUOTE) return string(text, start);
  if (code === LIST) return depth === 0 ? TOO_DEEP : list(text, start, depth - 1);
  if (code === DICT) return depth === 0 ? TOO_DEEP : dict(text, start, depth - 1);
  if (code === MINUS || isDigit(code)) return number(text, start);
  const literal = LITERALS.find((word) => text.startsWith(word, start));
  return literal === undefined ? MALFORMED : start + literal.length;
}

function list(text: string, start: number, depth: number): number {
  let at = skipSpace(text, start + 1);
  if (text.charCodeAt(at) === END_OF_LIST) return at + 1;
  for (;;) {
    at = value(text, at, depth);
    if (at < 0) return at;
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    if (code === END_OF_LIST) return at + 1;
    if (code !== COMMA) return MALFORMED;
    at = skipSpace(text, at + 1);
  }
}

// Lists and dictionaries have separate functions: calling the reader of an item through a reference takes a third
// longer.
function dict(text: string, start: number, depth: number): number {
  let at = skipSpace(text, start + 1);
  if (text.charCodeAt(at) === END_OF_DICT) return at + 1;
  for (;;) {
    at = pair(text, at, depth);
    if (at < 0) return at;
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    if (code === END_OF_DICT) return at + 1;
    if (code !== COMMA) return MALFORMED;
    at = skipSpace(text, at + 1);
  }
}

function pair(text: string, start: number, depth: number): number {
  const key = text.charCodeAt(start) === QUOTE ? string(text, start) : MALFORMED;
  if (key < 0) return key;
  const colon = skipSpace(text, key);
  if (text.charCodeAt(colon) !== COLON) return MALFORMED;
  return value(text, skipSpace(text, colon + 1), depth);
}

/** The regular expression runs as native code: for a long string it takes a third of the time of a loop. */
function string(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    PLAIN.lastIndex = at;
    PLAIN.test(text);
    at = PLAIN.lastIndex;
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code !== BACKSLASH) return MALFORMED;
    at = escaped(text, at + 1);
    if (at < 0) return at;
  }
}

function escaped(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (ESCAPED.has(code)) return start + 1;
  if (code !== UNICODE) return MALFORMED;
  for (let at = start + 1; at < start + 5; at++) {
    if (!isHexadecimal(text.charCodeAt(at))) return MALFORMED;
  }
  return start + 5;
}

function number(text: string, start: number): number {
  let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
  at = text.charCodeAt(at) === ZERO ? at + 1 : digits(text, at);
  if (at > 0 && text.charCodeAt(at) === POINT) at = digits(text, at + 1);
  if (at > 0 && (text.charCodeAt(at) | LOWER_CASE) === EXPONENT) {
    const code = text.charCodeAt(at + 1);
    at = digits(text, code === MINUS || code === 0x2b ? at + 2 : at + 1);
  }
  return at;
}

/** Requires at least one digit. */
function digits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === start ? MALFORMED : at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHexadecimal(code: number): boolean {
  const letter = code | LOWER_CASE;
  return isDigit(code) || (letter >= 0x61 && letter <= 0x66);
}
