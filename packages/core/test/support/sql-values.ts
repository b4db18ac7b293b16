import fc, { type Arbitrary } from 'fast-check';
import { parseLossless } from '../../src/json.ts';

/** A value as a WAMP caller sends it, and as somebody writes it in SQL. */
export interface SqlValue {
  readonly wamp: unknown;
  readonly sql: string;
  /** The number of literals in it that PostgreSQL refuses. */
  readonly wrong: number;
}

/** Types that the values below need. */
export const typeDefinitions = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s, "fine"', 'NULL', '{}');
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE DOMAIN short_list AS integer[] CHECK (cardinality(VALUE) < 3);
  CREATE TYPE person AS (name text, "Born On" date, balance numeric, data bytea, tags text[]);
  CREATE TYPE company AS (name text, boss person, staff person[], ratio positive, document jsonb);
  CREATE DOMAIN code AS text CHECK (VALUE ~ '^[a-z]+$');
  CREATE DOMAIN adult AS person CHECK ((VALUE).balance > 0);
  CREATE TABLE item (gone integer, id bigint, price numeric(6, 2), lost text, seen timestamptz, data bytea);
  ALTER TABLE item DROP COLUMN gone, DROP COLUMN lost;
`;

/** Types of the definitions above, which stand in a schema that a `search_path` may not have. */
const own = /^(mood|positive|short_list|person|company|code|adult|item)(?=$|\[)/;

/** A type as it is written wherever the `search_path` leads. */
export const qualified = (type: string): string => {
  if (own.test(type)) return `public.${type}`;
  // Types with their own syntax are in pg_catalog anyway.
  return /^(bigint|boolean|double precision|integer|interval|numeric|real|smallint|timestamp|time|varchar|"char")(?=$|\[)/.test(
    type,
  )
    ? type
    : `pg_catalog.${type}`;
};

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A literal: the same text by both ways. */
const literal = (type: string, text: string, wamp: unknown = text, wrong = 0): SqlValue => {
  return { wamp, sql: `${quote(text)}::${qualified(type)}`, wrong };
};

const sometimes = (arbitrary: Arbitrary<SqlValue>, type: string, ...wrongs: unknown[]): Arbitrary<SqlValue> => {
  const wrong = wrongs.map((value) => literal(type, String(value), value, 1));
  const none: SqlValue = { wamp: null, sql: `NULL::${qualified(type)}`, wrong: 0 };
  const odd = fc.constantFrom(none, none, none, none, none, none, ...wrong);
  return fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: odd });
};

const oneOf = (type: string, values: readonly string[], ...wrongs: unknown[]) =>
  sometimes(
    fc.constantFrom(...values).map((text) => literal(type, text)),
    type,
    ...wrongs,
  );

/**
 * An integer as a number or as text. If it is too long for a JavaScript number, in the form that the parser retains.
 */
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
/**
 * Excludes texts that start like PostgreSQL's text of bytea. In the JSON of a result, only the type distinguishes them
 * from bytes.
 */
const storable = string.filter((text) => !text.includes('\0') && text.isWellFormed() && !text.startsWith('\\x'));
/** PostgreSQL has no text for these; it says so in other words. */
const unstorable = fc
  .constantFrom('a\0b', '\0', '\ud800', 'x\udc00y')
  .map((wamp): SqlValue => ({ wamp, sql: 'pg_catalog.chr(0)', wrong: 2 }));
const text = (type: string) =>
  sometimes(
    fc.oneof(
      { weight: 20, arbitrary: storable.map((value) => literal(type, value)) },
      {
        weight: 10,
        arbitrary: fc.constantFrom<unknown>(1.5, -7, true).map((value) => literal(type, String(value), value)),
      },
      { weight: 1, arbitrary: unstorable },
    ),
    type,
  );

const bytes = fc.uint8Array({ maxLength: 8 }).chain((value) => {
  const buffer = Buffer.from(value);
  const sql = `pg_catalog.decode('${buffer.toString('hex')}', 'hex')`;
  const wamp = [`\0${buffer.toString('base64')}`, `\\x${buffer.toString('hex')}`, buffer];
  return fc.constantFrom(...wamp.map((form): SqlValue => ({ wamp: form, sql, wrong: 0 })));
});

/** Numbers that no JavaScript number is, at any depth. */
const exact = fc.letrec<{ readonly any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('12345678901234567890', '-0.10', '1e400', '1.5E-30', '0', 'true', '"x"'),
    fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(tie('any'), { maxLength: 3 })
      .map((items) => `{${items.map((item, index) => `"k${index}":${item}`).join(',')}}`),
  ),
})).any;

const document = (type: string) =>
  sometimes(
    fc.oneof(
      fc
        .jsonValue({ maxDepth: 2 })
        .filter((value) => value !== null && !/\\u0000|\\ud[89a-f]|"\\\\x/.test(JSON.stringify(value)))
        .map((value) => literal(type, JSON.stringify(value), value)),
      exact.map((json) => literal(type, json, (parseLossless(`[${json}]`) as unknown[])[0])),
    ),
    type,
  );

const list = (type: string, items: readonly SqlValue[]): SqlValue => ({
  wamp: items.map(({ wamp }) => wamp),
  sql: `ARRAY[${items.map(({ sql }) => sql).join(', ')}]::${qualified(type)}[]`,
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
      sql: `ROW(${entries.map(([, { sql }]) => sql).join(', ')})::${qualified(type)}`,
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
  numeric: sometimes(
    fc.oneof(
      decimal,
      fc
        .constantFrom('NaN', 'Infinity', '-Infinity', '1e100', '1E-20', '.5', '5.')
        .map((value) => literal('numeric', value)),
    ),
    'numeric',
    '1,5',
    false,
  ),
  'double precision': sometimes(double, 'double precision', '1e999'),
  text: text('text'),
  varchar: text('varchar'),
  real: sometimes(
    fc.float().map((value) => literal('real', String(Object.is(value, -0) ? '-0' : value), value)),
    'real',
    '1e39',
  ),
  date: oneOf(
    'date',
    [
      '2026-07-01',
      '1999-12-31 BC',
      'infinity',
      '20260102',
      '01/02/2026',
      '13.02.2026',
      'January 8, 1999',
      'J2451187',
      '4713-01-01 BC',
    ],
    '2026-02-30',
    7,
  ),
  timestamp: oneOf(
    'timestamp',
    [
      '2026-07-01T12:30:00.123456',
      '1970-01-01',
      '-infinity',
      '294276-12-31 23:59:59.999999',
      '0001-01-01 00:00:00 BC',
      '01/02/2026 03:04',
    ],
    'x',
  ),
  timestamptz: oneOf(
    'timestamptz',
    [
      '2026-07-01T12:30:00Z',
      '2026-07-01 12:30:00+05:30',
      '2026-03-29 02:30:00',
      'infinity',
      '0044-03-15 12:00:00 BC',
      '02/01/2026 12:00 America/New_York',
    ],
    '2026-13-01',
  ),
  time: oneOf('time', ['12:30:00.5', '24:00:00', '00:00', '040506'], '25:00'),
  timetz: oneOf('timetz', ['12:30:00.5+02', '04:05 PM', '00:00:00-12:30'], 'noon'),
  interval: oneOf(
    'interval',
    [
      '1 day 02:00:00',
      'P1Y2M',
      '-3 minutes',
      '1 mon -1 days +02:03:04',
      '-1 year -2 mons',
      '1-2 3 4:05:06',
      '@ 1 hour ago',
      'infinity',
    ],
    'forever',
  ),
  money: oneOf('money', ['$1,000.55', '-3.14', '0'], 'cheap'),
  bit: sometimes(
    fc.constantFrom('1', '0', '10110', '').map((wamp): SqlValue => ({ wamp, sql: `B'${wamp}'`, wrong: 0 })),
    'varbit',
  ),
  varbit: oneOf('varbit', ['1', '0110', ''], '012'),
  bpchar: oneOf('bpchar', ['', 'a ', 'ä€']),
  name: oneOf('name', ['public', 'Mixed Case', 'x'.repeat(70)]),
  inet: oneOf('inet', ['10.0.0.1', '10.1.2.3/8', '::1', '2001:db8::/32'], '10.0.0'),
  cidr: oneOf('cidr', ['10.0.0.0/8', '192.168', '::/0'], '10.1.2.3/8'),
  macaddr: oneOf('macaddr', ['08:00:2b:01:02:03', '08002b010203'], '08:00'),
  xml: oneOf('xml', ['<a b="c">&lt;</a>', 'text', '<?xml version="1.0"?><a/>', '<a/><b/>'], '<a>'),
  point: oneOf('point', ['(1,2)', '1.5,-0', '(0.1,1e300)'], '(1)'),
  box: oneOf('box', ['(1,2),(0,0)', '((3,4),(5,6))'], 'x'),
  tsvector: oneOf('tsvector', ['a fat cat', "'it''s':1A b:2"], `'`),
  jsonpath: oneOf('jsonpath', ['$.a[*] ? (@ > 1)', 'strict $'], '$.'),
  pg_lsn: oneOf('pg_lsn', ['16/B374D848', '0/0'], 'x'),
  oid: oneOf('oid', ['0', '4294967295'], '-x'),
  regclass: oneOf('regclass', ['pg_catalog.pg_class', 'public.item', '-'], 'public.absent'),
  regtype: oneOf('regtype', ['integer', 'public.mood', 'public.mood[]'], 'absent'),
  daterange: oneOf(
    'daterange',
    ['[2026-01-02,2026-02-03)', '(,)', 'empty', '[01/02/2026,infinity]'],
    '[2026-02-01,2026-01-01]',
  ),
  tstzrange: oneOf('tstzrange', ['[2026-01-01 00:00Z,2026-06-01 00:00Z)', '["2026-07-01 12:30:00+05:30",]']),
  numrange: oneOf('numrange', ['[1.10,2.20)', '(,Infinity)', '[NaN,NaN]'], '[2,1]'),
  int4multirange: oneOf('int4multirange', ['{[1,3),[3,7),[9,10)}', '{}'], '{[2,1]}'),
  datemultirange: oneOf('datemultirange', ['{[2026-01-01,2026-02-01),[01/03/2027,)}']),
  code: sometimes(
    fc.constantFrom('a', 'abc', 'A', '').map((wamp): SqlValue => {
      return { wamp, sql: `'${wamp}'::public.code`, wrong: /^[a-z]+$/.test(wamp) ? 0 : 1 };
    }),
    'code',
  ),
  uuid: oneOf('uuid', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'], 'a0ee'),
  int4range: oneOf('int4range', ['[1,5)', 'empty', '(,3]'], '[5,1]'),
  mood: oneOf('mood', ['sad', `it's, "fine"`, 'NULL', '{}'], 'glad'),
  positive: integer('integer', 8n)
    .map((value) => ({
      ...value,
      sql: `(${value.sql})::public.positive`,
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
  'timestamptz[]': arrayOf('timestamptz', scalars.timestamptz, 2),
  'daterange[]': arrayOf('daterange', scalars.daterange),
  'box[]': arrayOf('box', scalars.box),
  'json[]': arrayOf('json', scalars.json),
  'code[]': arrayOf('code', scalars.code, 2),
  short_list: fc.array(scalars.integer, { maxLength: 3 }).map((items) => {
    const { wamp, sql, wrong } = list('integer', items);
    return { wamp, sql: `(${sql})::public.short_list`, wrong: wrong + (items.length > 2 ? 1 : 0) };
  }),
  person,
  // Its CHECK refuses some that are right otherwise, so that an error may be that of the CHECK.
  adult: person.map(({ wamp, sql, wrong }) => ({ wamp, sql: `(${sql})::public.adult`, wrong: wrong * 2 })),
  item: composite('item', {
    id: scalars.bigint,
    price: fc.constantFrom(
      ...['1.5', '9999.994', '-0.001'].map((value) => literal('numeric', value)),
      literal('numeric', '10000', '10000', 2),
    ),
    seen: scalars.timestamptz,
    data: scalars.bytea,
  }),
  'person[]': arrayOf('person', person),
  company: composite('company', {
    name: scalars.text,
    boss: person,
    staff: arrayOf('person', person),
    ratio: scalars.positive,
    document: scalars.jsonb,
  }),
};
