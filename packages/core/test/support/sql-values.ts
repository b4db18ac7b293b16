import fc, { type Arbitrary } from 'fast-check';
import { parseLossless } from '../../src/json.ts';

/** A value as a WAMP caller sends it, and as somebody writes it in SQL. */
export interface SqlValue {
  readonly wamp: unknown;
  readonly sql: string;
  /** How many literals in it PostgreSQL does not take. */
  readonly wrong: number;
}

/** Types that the values below need. */
export const typeDefinitions = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s, "fine"', 'NULL', '{}');
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE DOMAIN short_list AS integer[] CHECK (cardinality(VALUE) < 3);
  CREATE TYPE person AS (name text, "Born On" date, balance numeric, data bytea, tags text[]);
  CREATE TYPE company AS (name text, boss person, staff person[], ratio positive, document jsonb);
`;

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A literal: the same text by both ways. */
const literal = (type: string, text: string, wamp: unknown = text, wrong = 0): SqlValue => {
  return { wamp, sql: `${quote(text)}::${type}`, wrong };
};

const sometimes = (arbitrary: Arbitrary<SqlValue>, type: string, ...wrongs: unknown[]): Arbitrary<SqlValue> => {
  const wrong = wrongs.map((value) => literal(type, String(value), value, 1));
  const none: SqlValue = { wamp: null, sql: `NULL::${type}`, wrong: 0 };
  const odd = fc.constantFrom(none, none, none, none, none, none, ...wrong);
  return fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: odd });
};

const oneOf = (type: string, values: readonly string[], ...wrongs: unknown[]) =>
  sometimes(
    fc.constantFrom(...values).map((text) => literal(type, text)),
    type,
    ...wrongs,
  );

/** An integer as number, text or, where it is too long for a JavaScript number, as what the parser keeps of it. */
const integer = (type: string, bits: bigint, ...wrongs: unknown[]) => {
  const value = fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }).chain((number) => {
    const text = String(number);
    return fc.constantFrom<unknown>(text, parseLossless(`[${text}]`), number).map((wamp) => {
      return literal(type, text, Array.isArray(wamp) ? wamp[0] : wamp);
    });
  });
  return sometimes(value, type, 'x', true, '', ...wrongs);
};

const decimal = fc.stringMatching(/^-?(0|[1-9]\d{0,25})\.\d{1,20}$/).chain((text) => {
  const [raw] = parseLossless(`[${text}]`) as unknown[];
  return fc.constantFrom(literal('numeric', text), literal('numeric', text, raw));
});

const double = fc
  .double()
  .map((value) => literal('double precision', String(Object.is(value, -0) ? '-0' : value), value));

const special = fc.constantFrom(
  '',
  ' ',
  '"',
  "'",
  '\\',
  'NULL',
  'null',
  '{}',
  '(,)',
  '{"a","b"}',
  "'; DROP TABLE t; --",
  '$1',
  '\n\r\t',
  ',',
  ';',
);
const string = fc.oneof(
  special,
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
/** Texts that begin as PostgreSQL's bytes do are left out: in the JSON of a result, nothing but the type tells one from the other. */
const storable = string.filter((text) => !text.includes('\0') && text.isWellFormed() && !text.startsWith('\\x'));
const text = (type: string) =>
  sometimes(
    fc.oneof(
      storable.map((value) => literal(type, value)),
      fc.constantFrom<unknown>(1.5, -7, true).map((value) => literal(type, String(value), value)),
    ),
    type,
  );

const bytes = fc.uint8Array({ maxLength: 8 }).chain((value) => {
  const buffer = Buffer.from(value);
  const sql = `decode('${buffer.toString('hex')}', 'hex')`;
  const wamp = [`\0${buffer.toString('base64')}`, `\\x${buffer.toString('hex')}`, buffer];
  return fc.constantFrom(...wamp.map((form): SqlValue => ({ wamp: form, sql, wrong: 0 })));
});

const document = (type: string) =>
  sometimes(
    fc
      .jsonValue({ maxDepth: 2 })
      .filter((value) => value !== null && !/\\u0000|\\ud[89a-f]|"\\\\x/.test(JSON.stringify(value)))
      .map((value) => literal(type, JSON.stringify(value), value)),
    type,
  );

const list = (type: string, items: readonly SqlValue[]): SqlValue => ({
  wamp: items.map(({ wamp }) => wamp),
  sql: `ARRAY[${items.map(({ sql }) => sql).join(', ')}]::${type}[]`,
  wrong: items.reduce((sum, { wrong }) => sum + wrong, 0),
});

const arrayOf = (type: string, element: Arbitrary<SqlValue>, dimensions: 1 | 2 = 1): Arbitrary<SqlValue> => {
  const flat = fc.array(element, { maxLength: 4 }).map((items) => list(type, items));
  if (dimensions === 1) return sometimes(flat, `${type}[]`);
  const row = fc.array(element, { minLength: 2, maxLength: 2 }).map((items) => list(type, items));
  const nested = fc.array(row, { minLength: 1, maxLength: 3 }).map((rows) => list(type, rows));
  return sometimes(fc.oneof(flat, nested), `${type}[]`);
};

/** Attributes that are NULL are left out by half of the callers. */
const composite = (type: string, attributes: Readonly<Record<string, Arbitrary<SqlValue>>>): Arbitrary<SqlValue> => {
  const object = fc.tuple(fc.record(attributes), fc.boolean()).map(([fields, terse]): SqlValue => {
    const entries = Object.entries(fields);
    const sent = entries.filter(([, { wamp }]) => !(terse && wamp === null));
    return {
      wamp: Object.fromEntries(sent.map(([name, { wamp }]) => [name, wamp])),
      sql: `ROW(${entries.map(([, { sql }]) => sql).join(', ')})::${type}`,
      wrong: entries.reduce((sum, [, { wrong }]) => sum + wrong, 0),
    };
  });
  return sometimes(object, type);
};

const scalars = {
  boolean: sometimes(
    fc.constantFrom(literal('boolean', 'true', true), literal('boolean', 'no'), literal('boolean', '1', 1)),
    'boolean',
    'maybe',
  ),
  smallint: integer('smallint', 16n, 32768),
  integer: integer('integer', 32n, 1.5, 2147483648),
  bigint: integer('bigint', 64n, 1.5, '9223372036854775808'),
  numeric: sometimes(fc.oneof(decimal, fc.constant(literal('numeric', 'NaN'))), 'numeric', '1,5', false),
  'double precision': sometimes(double, 'double precision', '1e999'),
  text: text('text'),
  varchar: text('varchar'),
  date: oneOf('date', ['2026-07-01', '1999-12-31 BC', 'infinity', '20260102'], '2026-02-30', 7),
  timestamp: oneOf('timestamp', ['2026-07-01T12:30:00.123456', '1970-01-01', '-infinity'], 'x'),
  timestamptz: oneOf('timestamptz', ['2026-07-01T12:30:00Z', '2026-07-01 12:30:00+05:30'], '2026-13-01'),
  interval: oneOf('interval', ['1 day 02:00:00', 'P1Y2M', '-3 minutes'], 'forever'),
  uuid: oneOf('uuid', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'], 'a0ee'),
  int4range: oneOf('int4range', ['[1,5)', 'empty', '(,3]'], '[5,1]'),
  mood: oneOf('mood', ['sad', `it's, "fine"`, 'NULL', '{}'], 'glad'),
  positive: integer('integer', 8n)
    .map((value) => ({
      ...value,
      sql: `(${value.sql})::positive`,
      wrong: value.wrong + (Number(value.wamp) < 1 ? 1 : 0),
    }))
    .map((value) => (value.wamp === null ? { ...value, wrong: 0 } : value)),
  bytea: sometimes(bytes, 'bytea'),
  json: document('json'),
  jsonb: document('jsonb'),
};

const person = composite('person', {
  name: scalars.text,
  'Born On': scalars.date,
  balance: scalars.numeric,
  data: scalars.bytea,
  tags: arrayOf('text', scalars.text),
});

/** Values of each type, most of them right, by the type's name. */
export const sqlValues: Readonly<Record<string, Arbitrary<SqlValue>>> = {
  ...scalars,
  'integer[]': arrayOf('integer', scalars.integer, 2),
  'numeric[]': arrayOf('numeric', scalars.numeric),
  'text[]': arrayOf('text', scalars.text, 2),
  'mood[]': arrayOf('mood', scalars.mood),
  'bytea[]': arrayOf('bytea', scalars.bytea, 2),
  'jsonb[]': arrayOf('jsonb', scalars.jsonb),
  'positive[]': arrayOf('positive', scalars.positive),
  short_list: fc.array(scalars.integer, { maxLength: 3 }).map((items) => {
    const { wamp, sql, wrong } = list('integer', items);
    return { wamp, sql: `(${sql})::short_list`, wrong: wrong + (items.length > 2 ? 1 : 0) };
  }),
  person,
  'person[]': arrayOf('person', person),
  company: composite('company', {
    name: scalars.text,
    boss: person,
    staff: arrayOf('person', person),
    ratio: scalars.positive,
    document: scalars.jsonb,
  }),
};
