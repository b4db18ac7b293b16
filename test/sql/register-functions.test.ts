import { openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

const invalidParameterValue = '22023';
const featureNotSupported = '0A000';

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

describe('Function of crossbar.register and crossbar.subscribe', () => {
  it('may be any function whose arguments and result can be converted', async () => {
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

  it('cannot be one that PostgreSQL could confuse with another overload', async () => {
    await using stage = await openEndpointStage();
    const { sql } = stage;
    await sql.query(`
      CREATE FUNCTION one(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION one(integer, integer DEFAULT 0) RETURNS integer LANGUAGE sql AS 'SELECT 2';
      CREATE FUNCTION one(integer, integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 3';
      CREATE FUNCTION one(text, integer DEFAULT 0) RETURNS integer LANGUAGE sql AS 'SELECT 4';
      CREATE FUNCTION one(OUT a integer) LANGUAGE sql AS 'SELECT 5';
      CREATE FUNCTION rest(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION rest(integer, VARIADIC integer[] DEFAULT '{}') RETURNS integer LANGUAGE sql AS 'SELECT 2';
      CREATE FUNCTION list(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION list(VARIADIC integer[]) RETURNS integer LANGUAGE sql AS 'SELECT 2';
      CREATE PROCEDURE act(integer) LANGUAGE plpgsql AS 'BEGIN END';
      CREATE FUNCTION act(integer, text DEFAULT '') RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE PROCEDURE out_of(integer, OUT a integer) LANGUAGE plpgsql AS 'BEGIN END';
      CREATE PROCEDURE out_of(integer, integer, integer DEFAULT 0) LANGUAGE plpgsql AS 'BEGIN END';
      CREATE FUNCTION bare() RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION bare(integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'SELECT 2';
      CREATE SCHEMA elsewhere;
      CREATE FUNCTION elsewhere.bare() RETURNS integer LANGUAGE sql AS 'SELECT 1'`);
    /** A function, what PostgreSQL is asked, and the other one that it could mean. */
    const functions: readonly [signature: string, statement: string, other?: string][] = [
      ['one(integer)', 'SELECT public.one(1::integer)', 'public.one(integer,integer)'],
      ['one(integer,integer)', 'SELECT public.one(1::integer, 2::integer)'],
      ['one(integer,integer,integer)', 'SELECT public.one(1::integer, 2::integer, 3::integer)'],
      ['one(text,integer)', `SELECT public.one(''::text, 2::integer)`],
      ['one()', 'SELECT public.one()'],
      ['rest(integer)', 'SELECT public.rest(1::integer)', 'public.rest(integer,integer[])'],
      ['rest(integer,integer[])', `SELECT public.rest(1::integer, VARIADIC '{}'::integer[])`],
      ['list(integer)', 'SELECT public.list(1::integer)'],
      ['list(integer[])', `SELECT public.list(VARIADIC '{}'::integer[])`],
      ['act(integer)', 'CALL public.act(1::integer)', 'public.act(integer,text)'],
      ['act(integer,text)', `SELECT public.act(1::integer, ''::text)`],
      ['out_of(integer)', 'CALL public.out_of(1::integer, NULL::integer)', 'public.out_of(integer,integer,integer)'],
      ['bare()', 'SELECT public.bare()', 'public.bare(integer)'],
      ['elsewhere.bare()', 'SELECT elsewhere.bare()'],
    ];
    for (const [signature, statement, other] of functions) {
      for (const put of ['register', 'subscribe']) {
        const putting = sql.query(`SELECT crossbar.${put}('com.a', $1, '{"run_as": "crossbar"}')`, [signature]);
        if (other === undefined) {
          await putting;
          continue;
        }
        const error = await errorOf(putting);
        const what = `public.${signature} cannot be an endpoint: PostgreSQL cannot tell a call of it from one of ${other}`;
        expect(error).to.include({ code: featureNotSupported, message: what });
        expect(error.hint).to.match(/Rename or drop one of the two\.$/);
      }
      if (other === undefined) await sql.query(statement);
      else expect((await errorOf(sql.query(statement))).code, statement).to.equal('42725');
    }
  });

  it('cannot be a procedure in a queue group', async () => {
    await using stage = await openEndpointStage();
    await stage.sql.query(`CREATE PROCEDURE act(integer) LANGUAGE plpgsql AS 'BEGIN END'`);
    const subscribing = (options: object) =>
      stage.sql.query(`SELECT crossbar.subscribe('com.a', 'act(integer)', $1)`, [
        JSON.stringify({ run_as: 'crossbar', ...options }),
      ]);
    const error = await errorOf(subscribing({ queue_group: 'one' }));
    expect(error).to.include({
      code: invalidParameterValue,
      message: `option 'queue_group' is given, and public.act(integer) is a procedure`,
    });
    expect(error.hint).to.match(/Make it a function, or leave queue_group out\.$/);
    await subscribing({});
  });
});
