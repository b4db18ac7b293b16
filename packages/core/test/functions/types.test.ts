import { expect } from 'chai';
import { parseLossless } from '../../src/json.ts';
import { RoutineStage } from '../support/routine-stage.ts';

/** For each of these types a function `echo` that returns its argument. */
const types = [
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'text',
  'character varying',
  'bpchar',
  '"char"',
  'name',
  'bit',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'interval',
  'uuid',
  'inet',
  'box',
  'xml',
  'int4range',
  'nummultirange',
  'json',
  'jsonb',
  'bytea',
  'integer[]',
  'text[]',
  'box[]',
  'json[]',
  'jsonb[]',
  'bytea[]',
  'mood',
  'mood[]',
  'positive',
  'positive[]',
  'short_list',
  'short_list[]',
  'person',
  'person[]',
  'adult',
  'adult[]',
  'company',
  'shop.item',
  '"Odd, (Type)"',
  'single',
  'files',
  'files[]',
  'people[]',
];

const definitions = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s "ok", {fine}', 'NULL');
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE DOMAIN short_list AS integer[] CHECK (cardinality(VALUE) < 3);
  CREATE TYPE person AS (name text, born date, balance numeric, data bytea, tags text[]);
  CREATE DOMAIN adult AS person CHECK ((VALUE).born < '2008-01-01');
  CREATE TYPE company AS (name text, boss person, staff person[], ratio positive, document jsonb);
  CREATE SCHEMA shop;
  CREATE TABLE shop.item (gone integer, id bigint NOT NULL, lost text, price numeric(6, 2), code varchar(3));
  ALTER TABLE shop.item DROP COLUMN gone, DROP COLUMN lost;
  CREATE TYPE "Odd, (Type)" AS ("a, b" integer, "c""d" text, "__proto__" bytea, "constructor" integer);
  CREATE TYPE single AS (sole text);
  CREATE DOMAIN files AS bytea[];
  CREATE DOMAIN people AS person[];
  ${types.map((type, index) => `CREATE FUNCTION echo_${index}(value ${type}) RETURNS ${type} LANGUAGE sql RETURN value;`).join('\n')}
`;

/** The JSON text that is returned, if it differs from the input. */
type Case = readonly [type: string, sent: string, received?: string];

describe('Function executor: values of each type', () => {
  let stage: RoutineStage;
  let signatures: string[];

  before(async () => {
    stage = await RoutineStage.open(definitions);
    await stage.sql.query(`SET TimeZone = 'UTC'; SET search_path = ''`);
    const { rows } = await stage.sql.query<{ signature: string }>(
      `SELECT oid::regprocedure::text AS signature FROM pg_proc WHERE proname LIKE 'echo\\_%' ORDER BY oid`,
    );
    signatures = rows.map(({ signature }) => signature);
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const signatureOf = (type: string) => signatures[types.indexOf(type)] ?? `no function for ${type}`;

  async function expectEcho(cases: readonly Case[]): Promise<void> {
    for (const [type, sent, received = sent] of cases) {
      const text = await stage.text(signatureOf(type), parseLossless(sent));
      expect(text, `${sent} as ${type}`).to.equal(received);
    }
  }

  async function expectRefusal(
    cases: readonly (readonly [type: string, sent: unknown, message: string])[],
  ): Promise<void> {
    for (const [type, sent, message] of cases) {
      const error = await stage.refusal(signatureOf(type), { args: [sent] });
      expect(error).to.include({ error: 'wamp.error.invalid_argument' });
      expect(String(error.args[0])).to.include(message);
    }
  }

  it('convert NULL to null for every type', async () => {
    for (const type of types) expect(await stage.text(signatureOf(type), null)).to.equal('null');
  });

  it('keep every digit of a number', () =>
    expectEcho([
      ['bigint', '9223372036854775807'],
      ['bigint', '-9223372036854775808'],
      ['bigint', '"9223372036854775806"', '9223372036854775806'],
      ['numeric', '123456789012345678901234567890.123456789012345678901234567890'],
      ['numeric', '1.10'],
      ['numeric', '-0.0', '0.0'],
      ['numeric', '1e-30', '0.000000000000000000000000000001'],
      ['numeric', '"NaN"'],
      ['numeric', '"-Infinity"'],
      ['double precision', '0.1'],
      ['double precision', '-0'],
      ['double precision', '1e308', '1e+308'],
      ['double precision', '"Infinity"'],
      ['real', '"nan"', '"NaN"'],
      ['jsonb', '{"a":12345678901234567890.50}', '{"a": 12345678901234567890.50}'],
      ['int4range', '"(1,5]"', '"[2,6)"'],
      ['text', '1.10', '"1.10"'],
    ]));

  it('accept bigint, special numbers, bytes and undefined from a program', async () => {
    const sent: [string, unknown, string][] = [
      ['bigint', 2n ** 63n - 1n, '9223372036854775807'],
      ['numeric', -0, '0'],
      ['double precision', -0, '-0'],
      ['double precision', Number.NaN, '"NaN"'],
      ['bytea', new Uint8Array([0, 255]), '"\\u0000AP8="'],
      ['bytea[]', [Buffer.from('a')], '["\\u0000YQ=="]'],
      ['text', undefined, 'null'],
    ];
    for (const [type, value, received] of sent) expect(await stage.text(signatureOf(type), value)).to.equal(received);
  });

  it('accept a string, a number or a boolean as a literal of the type', () =>
    expectEcho([
      ['boolean', 'true'],
      ['boolean', '"yes"', 'true'],
      ['boolean', '0', 'false'],
      ['integer', '"3"', '3'],
      ['text', 'true', '"true"'],
      ['text', '"a\ufffd"'],
      ['text', '"\\u20ac \\ud83d\\ude00 \\"\\\\ \'\\n"', '"€ 😀 \\"\\\\ \'\\n"'],
      ['bpchar', '"more than one "'],
      ['character varying', '""'],
      ['"char"', '"x"'],
      ['name', '"public"'],
      ['bit', '1', '"1"'],
      ['uuid', '"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'],
      ['inet', '"10.0.0.0/8"'],
      ['box', '"(1,2),(0,0)"'],
      ['xml', '"<a/>"'],
      ['int4range', '"empty"'],
      ['nummultirange', '"{[1.5,2),[3,)}"'],
      ['mood', '"it\'s \\"ok\\", {fine}"'],
      ['positive', '1'],
    ]));

  it('are dates and times in ISO form for any DateStyle', async () => {
    const cases: Case[] = [
      ['date', '"2026-07-01"'],
      ['date', '"infinity"'],
      ['date', '"0044-03-15 BC"'],
      ['timestamp', '"-infinity"'],
      ['timestamptz', '"0044-03-15T12:30:00+00:00 BC"'],
      ['timestamptz', '"12026-07-01T12:30:00+00:00"'],
      ['time', '"12:30:00.5"'],
      ['timestamp', '"2026-07-01T12:30:00.123456"'],
      ['timestamp', '"2026-07-01 12:30"', '"2026-07-01T12:30:00"'],
      ['timestamptz', '"2026-07-01T12:30:00+02:00"', '"2026-07-01T10:30:00+00:00"'],
      ['timestamptz', '"2026-07-01T12:30:00Z"', '"2026-07-01T12:30:00+00:00"'],
      ['interval', '"P1DT2H"', '"1 day 02:00:00"'],
    ];
    await expectEcho(cases);
    stage.settings = [`SET LOCAL DateStyle = 'German, DMY'`];
    await expectEcho(cases);
    stage.settings = ['SET LOCAL IntervalStyle = iso_8601'];
    await expectEcho([['interval', '"1 day 2 hours"', '"P1DT2H"']]);
    stage.settings = [];
  });

  it('are unchanged as json, and normalized as jsonb', () =>
    expectEcho([
      ['json', '{"b":1.10,"a":[null,true,{}],"b":2}', '{"b":2,"a":[null,true,{}]}'],
      ['json', '"a string"'],
      ['json', '12345678901234567890'],
      ['json', '"\\u0000AP8="'],
      ['jsonb', '{"b": 1, "a": [null]}', '{"a": [null], "b": 1}'],
      ['jsonb', '"null"'],
      ['jsonb', 'false'],
      ['jsonb', '[]'],
    ]));

  it('are arrays of any dimension, with NULL and all characters', () =>
    expectEcho([
      ['integer[]', '[]'],
      ['integer[]', '[1,null,3]'],
      ['integer[]', '[[1,2],[3,null]]'],
      ['integer[]', '[[[1],[2]],[[3],[4]]]'],
      ['integer[]', '"{1,2}"', '[1,2]'],
      ['integer[]', '[[],[]]', '[]'],
      ['text[]', '["NULL",null,"null",""," a ","a,b","{c}","\\"","\\\\","\'","\\n","é"]'],
      ['box[]', '["(1,1),(0,0)","(2,2),(1,1)"]'],
      ['mood[]', '["it\'s \\"ok\\", {fine}","NULL",null]'],
      ['positive[]', '[1,2]'],
      ['short_list', '[1,2]'],
      ['short_list', '[]'],
      ['short_list[]', '[[1,2],[],[3],null]'],
      ['json[]', '[1,"a",[1,[2]],{"b":null},null]'],
      ['jsonb[]', '[[1],[]]'],
    ]));

  it('are objects for composite types, nested like the type', () =>
    expectEcho([
      ['person', '{"name":"A, \\"B\\" (C) \\\\","born":"1990-05-05","balance":1.50,"data":null,"tags":["x,y",null]}'],
      ['person', '{"tags":[]}', '{"name":null,"born":null,"balance":null,"data":null,"tags":[]}'],
      ['person', '{}', '{"name":null,"born":null,"balance":null,"data":null,"tags":null}'],
      ['person', '"(a,,,,)"', '{"name":"a","born":null,"balance":null,"data":null,"tags":null}'],
      ['person[]', '[{"name":""},null]', '[{"name":"","born":null,"balance":null,"data":null,"tags":null},null]'],
      ['person[]', '[[{"name":"a"}]]', '[[{"name":"a","born":null,"balance":null,"data":null,"tags":null}]]'],
      [
        'company',
        '{"boss":{"name":"NULL","tags":["\\"","{}"]},"staff":[{"name":"(,)"}],"ratio":1,"document":{"b":[1],"a":1.0}}',
        '{"name":null,"boss":{"name":"NULL","born":null,"balance":null,"data":null,"tags":["\\"","{}"]},' +
          '"staff":[{"name":"(,)","born":null,"balance":null,"data":null,"tags":null}],"ratio":1,"document":{"a": 1.0, "b": [1]}}',
      ],
      [
        'shop.item',
        '{"id":9223372036854775807,"price":1.5,"code":"abc"}',
        '{"id":9223372036854775807,"price":1.50,"code":"abc"}',
      ],
      ['"Odd, (Type)"', '{"a, b":1,"c\\"d":"x","__proto__":"\\u0000YQ==","constructor":2}'],
      ['"Odd, (Type)"', '{}', '{"a, b":null,"c\\"d":null,"__proto__":null,"constructor":null}'],
      ['single', '{"sole":null}'],
      ['single', '{"sole":""}'],
      [
        'adult',
        '{"name":"a","born":"1990-01-01"}',
        '{"name":"a","born":"1990-01-01","balance":null,"data":null,"tags":null}',
      ],
    ]));

  it('are base64 after U+0000 for bytea, in arguments and results, at any depth', async () => {
    await expectEcho([
      ['bytea', '"\\u0000AQL/"'],
      ['bytea', '"\\u0000"'],
      ['bytea', '"\\u0000YQ"', '"\\u0000YQ=="'],
      ['bytea', '"\\\\x0102ff"', '"\\u0000AQL/"'],
      ['bytea', '"a\\\\\\\\b"', '"\\u0000YVxi"'],
      ['bytea[]', '["\\u0000AQL/",null,"\\u0000"]'],
      ['bytea[]', '[["\\u0000AQL/"],["\\u0000AA=="]]'],
      ['files', '["\\u0000AQL/",null]'],
      ['files[]', '[["\\u0000AQL/","\\u0000"],[],null]'],
      ['people[]', '[[{"name":"a","born":null,"balance":1.10,"data":"\\u0000AQL/","tags":["\\\\x01"]}]]'],
      ['person', '{"name":"\\\\x61","born":null,"balance":12345678901234567890,"data":"\\u0000AQL/","tags":null}'],
      ['person[]', '[{"name":null,"born":null,"balance":1.10,"data":"\\u0000AQL/","tags":null},null]'],
    ]);
    await stage.sql.query(`SET bytea_output = 'escape'`);
    await expectEcho([['bytea[]', '["\\u0000AFx4YQ==","\\u0000XFxhYv8=","\\u0000"]']]);
    await stage.sql.query('RESET bytea_output');
  });

  it('may contain megabytes of bytes', async () => {
    const bytes = Buffer.alloc(2 ** 21, 'pgwamp');
    expect(await stage.text(signatureOf('bytea'), bytes)).to.equal(`"\\u0000${bytes.toString('base64')}"`);
  });

  it('are refused if the type does not accept this kind of JSON', () =>
    expectRefusal([
      ['integer', [1], 'value: expected integer, found [1]'],
      ['text', { a: 1 }, 'value: expected text, found {"a":1}'],
      ['bytea', ['a'], 'value: expected bytea, found ["a"]'],
      ['integer[]', { a: 1 }, 'value: expected integer[], found {"a":1}'],
      ['integer[]', [1, { a: 1 }], 'value[1]: expected integer, found {"a":1}'],
      ['integer[]', [[[[[[[1]]]]]]], 'an array has at most 6 dimensions'],
      ['integer[]', [[1], [2, 3]], 'value: expected integer[], found [[1],[2,3]]: '],
      ['integer[]', 7, 'value: expected integer[], found 7: malformed array literal'],
      ['person', ['a'], 'value: expected public.person, found ["a"]'],
      ['person', 7, 'value: expected public.person, found 7: malformed record literal'],
      ['person', { Name: 'a' }, 'value: expected public.person, found {"Name":"a"}: it has no attribute "Name"'],
      ['person', { tags: [['a'], { b: 1 }] }, 'value.tags[1]: expected text, found {"b":1}'],
      ['company', { staff: [{ name: [] }] }, 'value.staff[0].name: expected text, found []'],
      ['company', { staff: [{ constructor: 1 }] }, 'value.staff[0]: expected public.person'],
      ['shop.item', { gone: 1 }, 'it has no attribute "gone"'],
      ['short_list[]', [[1, [2]]], 'value: expected public.short_list[]'],
    ]));

  it('are refused if PostgreSQL cannot parse them, before the function runs', () =>
    expectRefusal([
      ['smallint', 40000, 'value: expected smallint, found 40000: value "40000" is out of range for type smallint'],
      ['date', '2026-02-30', 'value: expected date, found "2026-02-30": date/time field value out of range'],
      ['mood', 'glad', 'value: expected public.mood, found "glad": invalid input value for enum mood: "glad"'],
      ['positive', 0, 'value: expected public.positive, found 0: value for domain positive violates check constraint'],
      ['positive[]', [1, -1], 'value: expected public.positive[], found [1,-1]: value for domain'],
      ['short_list', [1, 2, 3], 'value: expected public.short_list, found [1,2,3]: value for domain'],
      ['adult', { born: '2020-01-01' }, 'value: expected public.adult, found {"born":"2020-01-01"}: value for domain'],
      ['company', { ratio: -1 }, 'value: expected public.company, found {"ratio":-1}: value for domain'],
      ['int4range', '[2,1]', 'range lower bound must be less than or equal to range upper bound'],
      ['shop.item', { price: 12345 }, 'numeric field overflow'],
      ['xml', '<a>', 'value: expected xml, found "<a>": invalid XML content'],
    ]));

  it('are refused if they are not valid text of PostgreSQL', () =>
    expectRefusal([
      ['text', 'a\0b', 'value: expected text, found "a\\u0000b": it has the character U+0000'],
      ['text', '\0YQ==', 'value: expected text, found "\\u0000YQ==": bytes are for bytea'],
      ['text', new Uint8Array([1]), 'value: expected text, found "\\u0000AQ==": bytes are for bytea'],
      ['text', 'a\ud800', 'value: expected text, found "a\\ud800": it is not well-formed Unicode'],
      ['text[]', ['a\udc00'], 'value[0]: expected text, found "a\\udc00": it is not well-formed Unicode'],
      ['person', { name: 'a\0' }, 'value.name: expected text, found "a\\u0000"'],
      ['bytea', '\0*', 'value: expected bytea, found "\\u0000*": this is not base64'],
      ['bytea', '\0YQ=', 'value: expected bytea, found "\\u0000YQ=": this is not base64'],
      ['bytea', '\0Y', 'value: expected bytea, found "\\u0000Y": this is not base64'],
      ['bytea', 'a\\', 'value: expected bytea, found "a\\\\": invalid input syntax for type bytea'],
      ['jsonb', { a: '\0' }, 'value: expected jsonb, found {"a":"\\u0000"}: unsupported Unicode escape sequence'],
      ['jsonb', '\ud800', 'value: expected jsonb, found "\\ud800"'],
    ]));

  it('are refused if they are nested too deeply', async () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    await expectRefusal([
      ['jsonb', deep, 'value: expected jsonb, found [[[[...]]]]: it is nested too deeply'],
      ['integer[]', deep, 'an array has at most 6 dimensions'],
      ['integer', deep, 'value: expected integer, found [[[[...]]]]'],
    ]);
  });
});
