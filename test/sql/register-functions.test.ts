import { expect } from 'chai';
import { openEndpointStage } from '../support/sql-endpoints.ts';
import { errorOf } from '../support/sql-error.ts';

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

describe('the function that crossbar.register and crossbar.subscribe take', () => {
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
