import { expect } from 'chai';
import { RoutineStage } from '../support/routine-stage.ts';

const definitions = `
  CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql RETURN a + b;
  CREATE FUNCTION nameless(integer, text) RETURNS text LANGUAGE sql AS $$ SELECT $1 || $2 $$;
  CREATE FUNCTION nothing() RETURNS integer LANGUAGE sql RETURN 1;
  CREATE FUNCTION pair(integer, b text DEFAULT 'none') RETURNS text LANGUAGE sql AS $$ SELECT $1 || b $$;
  CREATE SEQUENCE ticket;
  CREATE SCHEMA "Other One";
  CREATE FUNCTION "Other One"."Def"() RETURNS text LANGUAGE sql RETURN 'it''s \\ here';
  CREATE FUNCTION defaults(a integer DEFAULT 1 + 1, b text DEFAULT "Other One"."Def"() || '''); DROP TABLE x; --',
    c name DEFAULT CURRENT_USER, d bigint DEFAULT nextval('ticket'), e numeric DEFAULT 1.50, f integer[] DEFAULT ARRAY[1, 2],
    g date DEFAULT '2026-01-02', h jsonb DEFAULT '{"a": 1}', i "char" DEFAULT 'x', j text DEFAULT NULL)
    RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_array(a, b, c, d, e, f, g, h, i, j) $$;
  CREATE FUNCTION total(VARIADIC numbers numeric[]) RETURNS numeric LANGUAGE sql RETURN (SELECT coalesce(sum(n), 0) FROM unnest(numbers) AS n);
  CREATE FUNCTION joined(separator text, VARIADIC words text[]) RETURNS text LANGUAGE sql RETURN array_to_string(words, separator, '*');
  CREATE FUNCTION after_default(a integer DEFAULT 1, VARIADIC words text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$ SELECT a || words::text $$;
  CREATE FUNCTION fallback(VARIADIC words text[] DEFAULT ARRAY['a', 'b']) RETURNS text[] LANGUAGE sql RETURN words;
  CREATE FUNCTION which(a integer) RETURNS text LANGUAGE sql RETURN 'integer';
  CREATE FUNCTION which(a text) RETURNS text LANGUAGE sql RETURN 'text';
  CREATE FUNCTION which(a numeric, b integer DEFAULT 0) RETURNS text LANGUAGE sql RETURN 'numeric';
  CREATE FUNCTION "Grüße, (Welt)"("Der Name" text, "select" integer DEFAULT 1, "x""y" integer DEFAULT 2, "__proto__" integer DEFAULT 3)
    RETURNS text LANGUAGE sql AS $$ SELECT "Der Name" || "select" || "x""y" || "__proto__" $$;
  CREATE FUNCTION raw(args jsonb, kwargs jsonb, details jsonb) RETURNS jsonb LANGUAGE sql RETURN jsonb_build_array(args, kwargs, details);
  CREATE FUNCTION nameless_raw(jsonb, jsonb, jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_array($1, $2, $3) $$;
  CREATE FUNCTION three(a jsonb, kwargs jsonb, details jsonb) RETURNS jsonb LANGUAGE sql RETURN jsonb_build_array(a, kwargs, details);
`;

const add2 = 'public.add2(integer,integer)';
const greet = 'public."Grüße, (Welt)"(text,integer,integer,integer)';
const defaults = 'public.defaults(integer,text,name,bigint,numeric,integer[],date,jsonb,"char",text)';

describe('Function executor: arguments', () => {
  let stage: RoutineStage;

  before(async () => {
    stage = await RoutineStage.open(definitions);
  });

  after(() => stage?.[Symbol.asyncDispose]());

  it('passes arguments by position, by keyword, or both', async () => {
    for (const given of [{ args: [1, 2] }, { kwargs: { b: 2, a: 1 } }, { args: [1], kwargs: { b: 2 } }]) {
      expect(await stage.call(add2, given)).to.deep.equal({ args: '[3]', kwargs: '' });
    }
    expect(await stage.call('public.nothing()')).to.deep.equal({ args: '[1]', kwargs: '' });
  });

  it('passes arguments to unnamed parameters by position', async () => {
    expect(await stage.value('public.nameless(integer,text)', 1, 'a')).to.equal('1a');
    const given = { args: [7], kwargs: { b: 'x' } };
    expect(await stage.call('public.pair(integer,text)', given)).to.include({ args: '["7x"]' });
  });

  it('evaluates the default expressions of omitted arguments again for each call', async () => {
    const [first, second] = [await stage.value(defaults), await stage.value(defaults)];
    const text = `it's \\ here'); DROP TABLE x; --`;
    const fixed = [1.5, [1, 2], '2026-01-02', { a: 1 }, 'x', null];
    expect(JSON.stringify(first)).to.equal(
      JSON.stringify([2, text, stage.sql.user, 1, ...fixed]).replace('1.5', '1.50'),
    );
    expect((second as unknown[])[3]).to.equal(2);
    const { args } = await stage.call(defaults, { args: [null], kwargs: { e: 7, b: null } });
    expect((JSON.parse(args) as unknown[][])[0]).to.include.members([null, 7]);
  });

  it('passes an explicit NULL instead of the default', async () => {
    expect(await stage.text('public.add2(integer,integer)', 1, null)).to.equal('null');
    expect(await stage.text('public.pair(integer,text)', 1, null)).to.equal('null');
  });

  it('collects the remaining arguments for a VARIADIC parameter, which also accepts an array by keyword', async () => {
    const total = 'public.total(numeric[])';
    expect(await stage.text(total, 1, '2.50', null)).to.equal('3.50');
    expect(await stage.text(total)).to.equal('0');
    expect((await stage.call(total, { kwargs: { numbers: [1, 2] } })).args).to.equal('[3]');
    expect((await stage.call(total, { kwargs: { numbers: '{4,5}' } })).args).to.equal('[9]');
    expect((await stage.call(total, { kwargs: { numbers: [] } })).args).to.equal('[0]');
    const joined = 'public.joined(text,text[])';
    expect(await stage.value(joined, '-', 'a,"b"', null, 'NULL', '{x}', '')).to.equal('a,"b"-*-NULL-{x}-');
    expect(await stage.value(joined, '-')).to.equal('');
    const mixed = { args: ['-'], kwargs: { words: ['a', 'b'] } };
    expect((await stage.call(joined, mixed)).args).to.equal('["a-b"]');
    expect(await stage.value('public.fallback(text[])')).to.deep.equal(['a', 'b']);
    expect(await stage.value('public.fallback(text[])', 'c')).to.deep.equal(['c']);
    const after = await stage.refusal('public.after_default(integer,text[])', { kwargs: { words: ['a'] } });
    expect(after.args[0]).to.include('words: expected text[], found ["a"]: PostgreSQL cannot leave out a before it');
  });

  it('calls the registered overload for any types of arguments', async () => {
    expect(await stage.value('public.which(integer)', '1')).to.equal('integer');
    expect(await stage.value('public.which(text)', 1)).to.equal('text');
    expect(await stage.value('public.which(numeric,integer)', 1)).to.equal('numeric');
  });

  it('accepts function and parameter names with any characters', async () => {
    expect(await stage.value(greet, 'a')).to.equal('a123');
    const kwargs = JSON.parse('{"Der Name": "b", "select": 4, "x\\"y": 5, "__proto__": 6}');
    expect((await stage.call(greet, { kwargs })).args).to.equal('["b456"]');
  });

  it('passes args, kwargs and details unchanged to a function in the raw form', async () => {
    const given = { args: [1, ['a']], kwargs: { b: { c: null } }, details: { procedure: 'com.example', caller: 7 } };
    for (const name of ['raw', 'nameless_raw']) {
      const { args } = await stage.call(`public.${name}(jsonb,jsonb,jsonb)`, given);
      expect(JSON.parse(args)).to.deep.equal([[given.args, given.kwargs, given.details]]);
    }
    const ordinary = { args: [1], kwargs: { kwargs: 2, details: 3 }, details: given.details };
    expect((await stage.call('public.three(jsonb,jsonb,jsonb)', ordinary)).args).to.equal('[[1, 2, 3]]');
  });

  it('answers with wamp.error.invalid_argument, which names the parameter, its type and the value', async () => {
    const list = 'the parameters are a integer, b integer';
    for (const [signature, given, parameter, message] of [
      [add2, { args: [1] }, 'b', 'expected integer, found nothing'],
      [add2, { args: [1, 2, 'x'] }, '$3', `expected no further argument, found "x": ${list}`],
      [add2, { args: [1, 2], kwargs: { c: 3 } }, 'c', `expected no such keyword, found 3: ${list}`],
      [add2, { args: [1, 2], kwargs: { B: 3 } }, 'B', `expected no such keyword, found 3: ${list}`],
      [add2, { args: [1, 2], kwargs: { a: 3 } }, 'a', 'expected integer, found 3: it is given by position too'],
      [add2, { args: [1, [2]] }, 'b', 'expected integer, found [2]'],
      [add2, { args: [1, { x: 2 }] }, 'b', 'expected integer, found {"x":2}'],
      [add2, { args: ['x', 2] }, 'a', 'expected integer, found "x": invalid input syntax for type integer: "x"'],
      [add2, { args: [true, 2] }, 'a', 'expected integer, found true: invalid input syntax for type integer: "true"'],
      [add2, { args: [1, 1.5] }, 'b', 'expected integer, found 1.5: invalid input syntax for type integer: "1.5"'],
      [
        add2,
        { args: [1, 3e9] },
        'b',
        'expected integer, found 3000000000: value "3000000000" is out of range for type integer',
      ],
      ['public.nothing()', { args: [1] }, '$1', 'expected no further argument, found 1: there are no parameters'],
      ['public.nothing()', { kwargs: { a: 1 } }, 'a', 'expected no such keyword, found 1: there are no parameters'],
      ['public.nameless(integer,text)', { args: [1] }, '$2', 'expected text, found nothing'],
      ['public.nameless(integer,text)', { args: [1, {}] }, '$2', 'expected text, found {}'],
      ['public.total(numeric[])', { args: [1, [2]] }, 'numbers[1]', 'expected numeric, found [2]'],
      [
        'public.total(numeric[])',
        { kwargs: { numbers: 3 } },
        'numbers',
        'expected numeric[], found 3: malformed array literal: "3"',
      ],
      ['public.joined(text,text[])', { args: [] }, 'separator', 'expected text, found nothing'],
      [
        'public.joined(text,text[])',
        { args: ['-', 'a'], kwargs: { words: [] } },
        'words',
        'expected text[], found []: it is given by position too',
      ],
    ] as const) {
      const error = await stage.refusal(signature, given);
      expect(error).to.include({ error: 'wamp.error.invalid_argument' });
      expect(error.args).to.deep.equal([`${parameter}: ${message}`]);
      expect(error.kwargs).to.include({ parameter });
    }
    const { kwargs } = await stage.refusal(add2, { args: ['x', 2] });
    expect(kwargs).to.deep.equal({ parameter: 'a', expected: 'integer', value: '"x"' });
  });

  it('limits the length of the error for long arguments', async () => {
    const long = 'é😀'.repeat(100_000);
    for (const given of [
      { args: [1, long] },
      { args: [1, Array.from({ length: 100_000 }, () => long)] },
      { args: [1, { [long]: long }] },
      { args: [1, 2], kwargs: { [long]: { [long]: long } } },
    ]) {
      const error = await stage.refusal(add2, given);
      expect(JSON.stringify([error.args, error.kwargs]).length).to.be.below(3000);
    }
  });
});
