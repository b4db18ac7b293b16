import { type Item, readArray, readComposite } from './nested-text.ts';
import type { TypeShape } from './type-catalog.ts';

/** The oids of types whose values JSON has a form for. */
export const typeOid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int2vector: 22,
  int4: 23,
  oid: 26,
  oidvector: 30,
  json: 114,
  float4: 700,
  float8: 701,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  jsonb: 3802,
} as const;

/** Writes a value that is not NULL as JSON, out of PostgreSQL's text. */
export type JsonWriter = (text: string) => string;

/**
 * Writes values as PostgreSQL's `to_json` does: numbers with all their digits, dates and times in ISO 8601, JSON as it is, arrays and composite
 * values as arrays and objects, NaN and the infinities and everything else as strings.
 *
 * @example
 * ```ts
 * jsonWriter({ kind: 'scalar', oid: 1700 })('1.50'); // 1.50
 * jsonWriter({ kind: 'scalar', oid: 1184 })('2000-01-01 00:00:00+00'); // "2000-01-01T00:00:00+00:00"
 * ```
 */
export function jsonWriter(shape: TypeShape): JsonWriter {
  if (shape.kind === 'array') {
    const element = jsonWriter(shape.element);
    return (text) => jsonArray(readArray(text, shape.delimiter), element);
  }
  if (shape.kind === 'composite') {
    const attributes = shape.attributes.map(({ name, type }) => ({
      name: `${JSON.stringify(name)}:`,
      write: jsonWriter(type),
    }));
    return (text) => {
      const values = readComposite(text);
      // The type has other columns by now; what it had when the value was written is not known any more.
      if (values.length !== attributes.length) return JSON.stringify(text);
      const members = attributes.map(({ name, write }, index) => {
        const value = values[index] ?? null;
        return name + (value === null ? 'null' : write(value));
      });
      return `{${members.join(',')}}`;
    };
  }
  return scalarWriters[shape.oid] ?? JSON.stringify;
}

/** An array of whatever depth, each of its elements by its writer. */
export function jsonArray(items: readonly Item[], write: JsonWriter): string {
  const texts = items.map((item) => {
    if (item === null) return 'null';
    return typeof item === 'string' ? write(item) : jsonArray(item, write);
  });
  return `[${texts.join(',')}]`;
}

const number: JsonWriter = (text) => (isNumber(text) ? text : JSON.stringify(text));

/** What JSON has by itself: Booleans and numbers of the machine. */
export const plainWriters: Readonly<Record<number, JsonWriter>> = {
  [typeOid.bool]: (text) => (text === 't' ? 'true' : 'false'),
  [typeOid.int2]: number,
  [typeOid.int4]: number,
  [typeOid.int8]: number,
  [typeOid.float4]: number,
  [typeOid.float8]: number,
};

const scalarWriters: Readonly<Record<number, JsonWriter>> = {
  ...plainWriters,
  [typeOid.numeric]: number,
  [typeOid.int2vector]: (text) => `[${text.replaceAll(' ', ',')}]`,
  [typeOid.oidvector]: (text) => JSON.stringify(text.match(/\d+/g) ?? []),
  [typeOid.json]: (text) => text,
  [typeOid.jsonb]: (text) => text,
  [typeOid.timestamp]: (text) => JSON.stringify(text.replace(' ', 'T')),
  [typeOid.timestamptz]: (text) => JSON.stringify(text.replace(' ', 'T').replace(/[+-]\d\d(?= BC$|$)/, '$&:00')),
};

/** Whether a number is one; NaN and the infinities are none. They alone begin with these letters, maybe after a sign. */
export function isNumber(text: string): boolean {
  const code = text.charCodeAt(0);
  const first = code === minus ? text.charCodeAt(1) : code;
  return first >= zero && first <= nine;
}

const [minus, zero, nine] = [45, 48, 57];
