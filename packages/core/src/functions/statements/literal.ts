import { UnserializableError } from '../../errors.ts';
import { isDictionary, isRawJSON, stringify } from '../../json.ts';
import type { ArrayType, CompositeType, PgType } from '../routines/pg-type.ts';
import { brief, invalidArgument } from './invalid-argument.ts';

/**
 * Writes a WAMP value as text for PostgreSQL's input function of a type. Returns null for SQL's NULL. JSON's null
 * becomes NULL everywhere except inside a `json` document.
 *
 * - Strings, numbers and booleans are literals of any type: `3` and `"3"` both become `'3'` for an integer. Numbers
 *   keep all their digits. PostgreSQL decides whether a literal is valid: `1.0` and `1e3` are not integers.
 * - `json` and `jsonb` take every value as a document: a string is a JSON string.
 * - An array becomes a PostgreSQL array, and nested arrays become its further dimensions. For `json[]`, whose documents
 *   may be arrays, it has one dimension.
 * - An object becomes a composite, with the keys as attribute names. Attributes without a key are NULL.
 * - A string of U+0000 and base64 becomes bytes, only for `bytea`. Other strings are literals of `bytea`, such as
 *   `"\\x00ff"`.
 *
 * @param type the type of the parameter.
 * @param path the name of the parameter in errors.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-binary-conversion-of-json-s
 * @throws `WampError` `wamp.error.invalid_argument` for a value that has no literal of the type.
 */
export function literal(type: PgType, value: unknown, path: string): string | null {
  if (value === null || value === undefined) return null;
  if (type.kind === 'json') return documentLiteral(type, value, path);
  if (typeof value !== 'object') return scalarLiteral(type, value, path);
  if (Array.isArray(value)) {
    if (type.kind !== 'array') throw invalidArgument(path, type.name, value);
    return arrayLiteral(type, value, path);
  }
  if (isDictionary(value)) {
    if (type.kind !== 'composite') throw invalidArgument(path, type.name, value);
    return compositeLiteral(type, value, path);
  }
  return scalarLiteral(type, value, path);
}

/** Writes an array of one dimension for any element type. Used for the remaining arguments of VARIADIC. */
export function listLiteral(type: ArrayType, values: readonly unknown[], path: (index: number) => string): string {
  const items = values.map((value, index) => quoted(literal(type.element, value, path(index))));
  return `{${items.join(type.delimiter)}}`;
}

/** The maximum number of dimensions of a PostgreSQL array. */
const dimensions = 6;

function arrayLiteral(type: ArrayType, values: readonly unknown[], path: string, dimension = 1): string {
  if (dimension > dimensions)
    throw invalidArgument(path, type.name, values, `an array has at most ${dimensions} dimensions`);
  // If an element is an array, or a document that may be one, it cannot be distinguished from a further dimension.
  const nests = type.element.kind !== 'json' && type.element.kind !== 'array';
  const items = values.map((value, index) => {
    const place = `${path}[${index}]`;
    return nests && Array.isArray(value)
      ? arrayLiteral(type, value, place, dimension + 1)
      : quoted(literal(type.element, value, place));
  });
  // An empty array has no dimensions. Before PostgreSQL 17, its text must not have any.
  if (items.every((item) => item === '{}')) return '{}';
  return `{${items.join(type.delimiter)}}`;
}

function compositeLiteral(type: CompositeType, value: Readonly<Record<string, unknown>>, path: string): string {
  const unknown = Object.keys(value).find((key) => !type.attributes.some(({ name }) => name === key));
  if (unknown !== undefined) {
    throw invalidArgument(path, type.name, value, `it has no attribute ${brief(unknown)}`);
  }
  const fields = type.attributes.map((attribute) => {
    // Own properties only: a name such as "constructor" must not find an inherited property.
    const field = Object.hasOwn(value, attribute.name) ? value[attribute.name] : null;
    const text = literal(attribute.type, field, `${path}.${attribute.name}`);
    return text === null ? '' : quoted(text);
  });
  return `(${fields.join(',')})`;
}

function documentLiteral(type: PgType, value: unknown, path: string): string {
  try {
    return checked(type, value, path, stringify(value));
  } catch (error) {
    if (!(error instanceof UnserializableError)) throw error;
    throw invalidArgument(path, type.name, value, 'it is nested too deeply');
  }
}

function scalarLiteral(type: PgType, value: unknown, path: string): string {
  if (value instanceof Uint8Array) return bytesLiteral(type, value, path);
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : plainText(type, value, path);
  if (!value.startsWith('\0')) return checked(type, value, path, value);
  const base64 = value.slice(1);
  if (!isBase64(base64)) throw invalidArgument(path, type.name, value, 'this is not base64');
  return bytesLiteral(type, Buffer.from(base64, 'base64'), path);
}

function plainText(type: PgType, value: unknown, path: string): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (isRawJSON(value)) return stringify(value);
  throw invalidArgument(path, type.name, value);
}

function bytesLiteral(type: PgType, bytes: Uint8Array, path: string): string {
  if (type.kind !== 'bytea') throw invalidArgument(path, type.name, bytes, 'bytes are for bytea');
  return `\\x${Buffer.from(bytes).toString('hex')}`;
}

/** Accepts base64 with and without padding. */
function isBase64(text: string): boolean {
  const isWhole = text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
  return isWhole && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** PostgreSQL text cannot contain U+0000 or unpaired surrogates. */
function checked(type: PgType, value: unknown, path: string, text: string): string {
  if (text.includes('\0')) throw invalidArgument(path, type.name, value, 'it has the character U+0000');
  if (!text.isWellFormed()) throw invalidArgument(path, type.name, value, 'it is not well-formed Unicode');
  return text;
}

/**
 * Writes an element or a field. It is always quoted, so no character has a special meaning, and neither has the word
 * NULL.
 */
function quoted(text: string | null): string {
  return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
