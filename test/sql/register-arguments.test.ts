import { expect } from 'chai';
import { rows } from '../support/sql-database.ts';
import { type EndpointStage, openEndpointStage } from '../support/sql-endpoints.ts';
import { errorOf } from '../support/sql-error.ts';

const invalidParameterValue = '22023';
const featureNotSupported = '0A000';

const uriRule = /one or more parts joined by "\."/;
const prefixRule = /^A prefix is the beginning of a URI/;
const wildcardRule = /^A wildcard is a URI in which a part that is empty stands for any/;
const reserved = /belong to the router and to pgwamp/;

/** URIs by match: what is taken, and what is refused with which hint. */
const uris = {
  exact: {
    right: [
      'com',
      'com.example.procedure',
      'com.\u00fcber',
      `com.'quoted'; DROP "x"`.replaceAll(' ', '_'),
      'wamp',
      'wampum.a',
    ],
    wrong: ['', 'com.', '.com', 'com..a', 'com.a b', 'com.a#', 'com.a\n'],
    hint: uriRule,
  },
  prefix: {
    right: ['', 'com', 'com.', 'com.exa', 'com.example.'],
    wrong: ['.', '.com', 'com..', 'com..a', 'com.a b', 'com.#'],
    hint: prefixRule,
  },
  wildcard: {
    right: ['', '.', 'com..changed', '..', 'com.', 'com.a'],
    wrong: ['com. .a', 'com.#', '\t'],
    hint: wildcardRule,
  },
} as const;

/** The two functions: how each calls its URI, and what an option of each takes and does not take. */
const booleans = { right: ['true', 'false'], wrong: ['null', '0', '"true"', '[]'], rule: 'true or false' };
const shared = {
  match: {
    right: ['"exact"', '"prefix"', '"wildcard"'],
    wrong: ['"Prefix"', '""', 'null', '1', '["prefix"]', '[]', '{}'],
    rule: '"exact", "prefix" or "wildcard"',
  },
  concurrency: {
    right: ['1', '2147483647', '5.0'],
    wrong: ['0', '-1', '1.5', '2147483648', '1e300', '"1"', 'null', '[1]', '[]'],
    rule: 'a positive integer',
  },
  retries: {
    right: ['0', '100'],
    wrong: ['-1', '101', '0.5', '"3"', 'null', '[3]'],
    rule: 'an integer from 0 to 100',
  },
  run_as: {
    right: ['"caller"'],
    wrong: ['null', 'true', '1', '["caller"]', '{}'],
    rule: 'the name of a role, or "caller"',
  },
};
const interfaces = [
  {
    name: 'register',
    argument: 'procedure',
    unknown: ['get_retained', 'queue_group', 'Match', 'eligible', '', `'; DROP TABLE crossbar.endpoint; --`],
    all: 'The options of a registration are match, invoke, concurrency, force_reregister, disclose_caller, run_as, retries.',
    options: {
      ...shared,
      invoke: {
        right: ['"single"', '"roundrobin"', '"random"', '"first"', '"last"'],
        wrong: ['"all"', 'null', '1', '["first"]'],
        rule: '"single", "roundrobin", "random", "first" or "last"',
      },
      force_reregister: booleans,
      disclose_caller: booleans,
    },
  },
  {
    name: 'subscribe',
    argument: 'topic',
    unknown: ['invoke', 'force_reregister', 'disclose_caller', 'exclude_me', '\u00fc"'],
    all: 'The options of a subscription are match, get_retained, concurrency, queue_group, run_as, retries.',
    options: {
      ...shared,
      get_retained: booleans,
      queue_group: {
        right: ['"one"', `"'; DROP TABLE crossbar.endpoint; --"`, `"${'\u{1f600}'.repeat(200)}"`],
        wrong: ['""', 'null', '1', '["one"]', `"${'x'.repeat(201)}"`],
        rule: 'a string of 1 to 200 characters',
      },
    },
  },
];

function call({ sql }: EndpointStage, name: string, uri: string | null, options: string | null) {
  return sql.query(`SELECT crossbar.${name}($1, 'add2(integer, integer)', $2)`, [uri, options]);
}

/** Functions that cannot be endpoints, and why. */
const impossible: readonly [create: string, signature: string, problem: string][] = [
  ['', 'count()', 'count() cannot be an endpoint: it is an aggregate'],
  ['', 'rank()', 'rank() cannot be an endpoint: it is a window function'],
  [
    `CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
    'changed()',
    'public.changed() cannot be an endpoint: it returns trigger',
  ],
  [
    `CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    'ddl()',
    'public.ddl() cannot be an endpoint: it returns event_trigger',
  ],
  [
    `CREATE FUNCTION same(a anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT a'`,
    'same(anyelement)',
    'public.same(anyelement) cannot be an endpoint: it takes a anyelement',
  ],
  [
    `CREATE FUNCTION first_of(a integer, VARIADIC b anyarray) RETURNS integer LANGUAGE sql AS 'SELECT a'`,
    'first_of(integer, anyarray)',
    'public.first_of(integer,anyarray) cannot be an endpoint: it takes a integer, VARIADIC b anyarray',
  ],
  ['', 'format(text, "any")', 'format(text,"any") cannot be an endpoint: it takes text, VARIADIC "any"'],
  ['', 'int4in(cstring)', 'int4in(cstring) cannot be an endpoint: it takes cstring'],
  ['', 'int4out(integer)', 'int4out(integer) cannot be an endpoint: it returns cstring'],
  [
    `CREATE FUNCTION people() RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2'`,
    'people()',
    'public.people() cannot be an endpoint: it returns SETOF record',
  ],
  [
    `CREATE TEMPORARY TABLE passing (n integer); CREATE FUNCTION passed() RETURNS passing LANGUAGE sql AS 'SELECT NULL::passing'`,
    'passed()',
    'public.passed() cannot be an endpoint: it is temporary',
  ],
];

/** Functions that look like those, and can. */
const possible: readonly [create: string, signature: string][] = [
  [`CREATE FUNCTION f1(OUT a integer, OUT b text) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, ''x'''`, 'f1()'],
  [`CREATE FUNCTION f2() RETURNS TABLE (a integer) LANGUAGE sql AS 'SELECT 1'`, 'f2()'],
  [`CREATE FUNCTION f3() RETURNS void LANGUAGE sql AS ''`, 'f3()'],
  [
    `CREATE FUNCTION f4(VARIADIC a integer[]) RETURNS crossbar.result LANGUAGE sql AS 'SELECT NULL::crossbar.result'`,
    'f4(integer[])',
  ],
  [`CREATE PROCEDURE f5(a integer, INOUT b integer) LANGUAGE plpgsql AS 'BEGIN END'`, 'f5(integer, integer)'],
  [`CREATE FUNCTION f6(jsonb, jsonb, jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT $1'`, 'f6(jsonb, jsonb, jsonb)'],
  ['', 'pg_sleep(double precision)'],
];

describe('the arguments of crossbar.register and crossbar.subscribe', () => {
  it('are a URI, a prefix or a wildcard, as the option match says', async () => {
    await using stage = await openEndpointStage();
    for (const { name, argument } of interfaces) {
      for (const [match, { right, wrong, hint }] of Object.entries(uris)) {
        const options = JSON.stringify({ match, run_as: 'caller' });
        for (const uri of right) await call(stage, name, uri, options);
        for (const uri of [...wrong, null]) {
          const error = await errorOf(call(stage, name, uri, options));
          const what = match === 'exact' ? 'a WAMP URI' : `a pattern to match by ${match}`;
          const shown = uri === null ? 'NULL' : `'${uri}'`;
          expect(error.message).to.equal(`${argument} is not ${what}: ${shown}`);
          expect(error.code).to.equal(invalidParameterValue);
          expect(error.hint).to.match(hint);
        }
        const long = `com.${'\u00fc'.repeat(498)}`;
        const error = await errorOf(call(stage, name, `${long}x`, options));
        expect(error).to.include({ code: invalidParameterValue, message: `${argument} has 1001 bytes` });
        expect(error.hint).to.match(/at most 1000 bytes/);
        await call(stage, name, long, options);
        for (const uri of ['wamp.session.count', 'crossbar.a']) {
          const error = await errorOf(call(stage, name, uri, options));
          expect(error).to.include({ code: invalidParameterValue, message: `${argument} is reserved: '${uri}'` });
          expect(error.hint).to.match(reserved);
        }
      }
    }
    const kept = await rows<{ uri: string }>(
      stage.sql,
      'SELECT uri FROM crossbar.endpoint WHERE octet_length(uri) < 1000 ORDER BY id',
    );
    const taken = Object.values(uris).flatMap(({ right }): readonly string[] => right);
    expect(kept.map(({ uri }) => uri)).to.deep.equal([...taken, ...taken]);
  });

  it('may be every option, of its type, and no other', async () => {
    await using stage = await openEndpointStage();
    for (const { name, unknown, all, options } of interfaces) {
      for (const [option, { right, wrong, rule }] of Object.entries(options)) {
        const more = option === 'run_as' ? '' : ', "run_as": "crossbar"';
        for (const json of right) await call(stage, name, 'com.a', `{"${option}": ${json}${more}}`);
        for (const json of wrong) {
          const error = await errorOf(call(stage, name, 'com.a', `{"${option}":${json}${more}}`));
          const value = json === '1e300' ? `1${'0'.repeat(300)}` : json;
          expect(error.message).to.equal(`option '${option}' is ${value}`);
          expect(error).to.include({ code: invalidParameterValue, hint: `Option '${option}' is ${rule}.` });
        }
      }
      for (const option of unknown) {
        const error = await errorOf(call(stage, name, 'com.a', JSON.stringify({ [option]: true })));
        expect(error.message).to.equal(`options has an unknown option: '${option.replaceAll("'", "''")}'`);
        expect(error).to.include({ code: invalidParameterValue, hint: all });
      }
      for (const [json, type] of [
        ['[]', 'array'],
        ['null', 'null'],
        ['"x"', 'string'],
      ] as const) {
        const error = await errorOf(call(stage, name, 'com.a', json));
        expect(error).to.include({ code: invalidParameterValue, message: `options is a JSON ${type}, not an object` });
      }
    }
  });

  it('may not forbid the disclosure that running as the caller needs', async () => {
    await using stage = await openEndpointStage();
    const both = '{"run_as": "caller", "disclose_caller": false}';
    const error = await errorOf(call(stage, 'register', 'com.a', both));
    expect(error.message).to.equal(`option 'disclose_caller' is false, and option 'run_as' is "caller"`);
    expect(error.code).to.equal(invalidParameterValue);
    expect(error.hint).to.match(/Leave disclose_caller out\.$/);
    await call(stage, 'register', 'com.a', '{"run_as": "crossbar", "disclose_caller": false}');
  });

  it('may be every function whose arguments and result have a form outside of the database', async () => {
    await using stage = await openEndpointStage();
    for (const name of ['register', 'subscribe']) {
      for (const [create, signature] of possible) {
        if (name === 'register') await stage.sql.query(create);
        const statement = `SELECT crossbar.${name}('com.a', $1, '{"run_as": "crossbar"}')`;
        expect((await stage.sql.query(statement, [signature])).rowCount, signature).to.equal(1);
      }
      for (const [create, signature, message] of impossible) {
        if (name === 'register') await stage.sql.query(create);
        const error = await errorOf(stage.sql.query(`SELECT crossbar.${name}('com.a', $1)`, [signature]));
        expect(error).to.include({ code: featureNotSupported, message });
        expect(error.hint).to.match(/^An endpoint is a function or procedure that stays/);
      }
      for (const [endpoint, message] of [
        ['NULL', 'the function is NULL'],
        ['4294967295', 'the function is 4294967295'],
      ]) {
        const error = await errorOf(stage.sql.query(`SELECT crossbar.${name}('com.a', ${endpoint}::regprocedure)`));
        expect(error).to.include({ code: invalidParameterValue, message });
        expect(error.hint).to.match(/such as 'add2\(integer, integer\)'/);
      }
    }
  });
});
