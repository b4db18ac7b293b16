import { type Item, readArray, readComposite } from './nested-text.ts';
import type { TypeShape } from './type-catalog.ts';

/** The oids of types that have a JSON form. */
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

/** Converts PostgreSQL's text of a value that is not NULL to JSON. */
export type JsonWriter = (text: string) => string;

/**
 * Writes values like PostgreSQL's `to_json`: numbers with all their digits, dates and times in ISO 8601, JSON
 * unchanged, arrays and composite values as arrays and objects. NaN, the infinities and everything else become strings.
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
      // The type has other columns by now, and its columns at the time of writing are unknown.
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

/** Writes an array of any depth; `write` converts each element. */
export function jsonArray(items: readonly Item[], write: JsonWriter): string {
  const texts = items.map((item) => {
    if (item === null) return 'null';
    return typeof item === 'string' ? write(item) : jsonArray(item, write);
  });
  return `[${texts.join(',')}]`;
}

const number: JsonWriter = (text) => (isNumber(text) ? text : JSON.stringify(text));

/** Types with a native JSON form: booleans and machine numbers. */
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

/** Whether a text is a finite number. Only NaN and the infinities start with a letter, possibly after a sign. */
export function isNumber(text: string): boolean {
  const code = text.charCodeAt(0);
  const first = code === minus ? text.charCodeAt(1) : code;
  return first >= zero && first <= nine;
}

const [minus, zero, nine] = [45, 48, 57];
