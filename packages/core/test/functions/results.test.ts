import type { WampError } from '@pgwamp/core';
import { rejection, thrown } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { rowPayload, WholeResult } from '../../src/functions/index.ts';
import { RoutineStage } from '../support/routine-stage.ts';

const definitions = `
  CREATE TABLE called (what text);
  CREATE FUNCTION silent(what text) RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO called VALUES (what); END;
  CREATE FUNCTION point(OUT x integer, OUT y numeric) LANGUAGE sql AS $$ SELECT 1, 2.50 $$;
  CREATE FUNCTION half_named(OUT integer, OUT b bytea, INOUT c integer DEFAULT 5) LANGUAGE sql AS $$ SELECT 1, '\\x01ff'::bytea, c + 1 $$;
  CREATE FUNCTION as_row(OUT x integer, OUT "y ""y" bytea) LANGUAGE sql RETURN (1, '\\x01ff'::bytea);
  CREATE FUNCTION as_rows(n integer) RETURNS TABLE (x integer, y bytea) LANGUAGE sql AS $$ SELECT ROW(g, '\\x01ff'::bytea) FROM generate_series(1, n) AS g $$;
  CREATE FUNCTION no_row(OUT x integer, OUT y integer) LANGUAGE sql AS $$ SELECT 1, 2 WHERE false $$;
  CREATE FUNCTION row_of_nulls(OUT x integer, OUT y integer) LANGUAGE sql AS $$ SELECT NULL::integer, NULL::integer $$;
  CREATE FUNCTION one_out(a integer, OUT twice bigint) LANGUAGE sql AS $$ SELECT a * 2 $$;
  CREATE FUNCTION anything() RETURNS record LANGUAGE sql AS $$ SELECT 1 AS a, 'b'::text AS b $$;
  CREATE FUNCTION numbers(n integer) RETURNS SETOF bigint LANGUAGE sql AS $$ SELECT g + 9007199254740992 FROM generate_series(1, n) AS g $$;
  CREATE FUNCTION listed(n integer) RETURNS TABLE (id integer, name text) LANGUAGE plpgsql AS $$
    BEGIN RETURN QUERY SELECT g, 'n' || g FROM generate_series(1, n) AS g; END $$;
  CREATE FUNCTION ids(n integer) RETURNS TABLE (id integer) LANGUAGE sql AS $$ SELECT g FROM generate_series(1, n) AS g $$;
  CREATE TABLE item (id integer, data bytea);
  INSERT INTO item VALUES (1, '\\x00'), (2, NULL);
  CREATE FUNCTION items() RETURNS SETOF item LANGUAGE sql AS $$ SELECT * FROM item ORDER BY id $$;
  CREATE FUNCTION first_item() RETURNS item LANGUAGE sql AS $$ SELECT * FROM item ORDER BY id LIMIT 1 $$;
  CREATE FUNCTION no_item() RETURNS item LANGUAGE sql AS $$ SELECT * FROM item WHERE false $$;
  CREATE FUNCTION exact(args jsonb, kwargs jsonb) RETURNS crossbar.result LANGUAGE sql AS $$
    INSERT INTO called VALUES ('exact'); SELECT ROW(args, kwargs)::crossbar.result $$;
  CREATE FUNCTION no_result() RETURNS crossbar.result LANGUAGE sql AS $$ SELECT NULL::crossbar.result $$;
  CREATE FUNCTION results() RETURNS SETOF crossbar.result LANGUAGE sql AS $$
    VALUES (ROW('[1]', '{"a": 1}')::crossbar.result), (ROW(NULL, NULL)::crossbar.result) $$;
  CREATE FUNCTION document() RETURNS json LANGUAGE sql AS $$ SELECT E'{"b" : 1.10,\n "a":12345678901234567890, "b":[]}'::json $$;
  CREATE PROCEDURE quiet(what text) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO called VALUES (what); COMMIT; END $$;
  CREATE PROCEDURE move(a integer, INOUT b integer, OUT "the ""sum""" bigint, OUT outs bytea, c integer DEFAULT 10) LANGUAGE plpgsql AS $$
    BEGIN COMMIT; b := b + a; "the ""sum""" := a + b + c; outs := '\\x61'; END $$;
  CREATE PROCEDURE one(OUT sole item) LANGUAGE plpgsql AS $$ BEGIN sole := ROW(1, '\\x62'); END $$;
  CREATE PROCEDURE exactly(INOUT r crossbar.result) LANGUAGE plpgsql AS $$ BEGIN r.kwargs := '{"b": 1}'; END $$;
  CREATE PROCEDURE many(OUT total integer, VARIADIC n integer[]) LANGUAGE plpgsql AS $$ BEGIN total := cardinality(n); END $$;
`;

describe('Function executor: results', () => {
  let stage: RoutineStage;

  before(async () => {
    stage = await RoutineStage.open(definitions);
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const result = async (signature: string, ...args: unknown[]) => (await stage.call(signature, { args })).args;
  const calls = async (what: string) => {
    const { rowCount } = await stage.sql.query('SELECT FROM called WHERE what = $1', [what]);
    return rowCount;
  };

  it('are empty for void', async () => {
    expect(await result('public.silent(text)', 'void')).to.equal('[]');
    expect(await calls('void')).to.equal(1);
  });

  it('are one value, or an object if there are several OUT parameters', async () => {
    expect(await result('public.point()')).to.equal('[{"x":1,"y":2.50}]');
    expect(await result('public.half_named(integer)')).to.equal('[{"column1":1,"b":"\\u0000Af8=","c":6}]');
    expect(await result('public.one_out(integer)', 4)).to.equal('[8]');
    expect(await result('public.anything()')).to.equal('[{"a":1,"b":"b"}]');
    expect(await result('public.first_item()')).to.equal('[{"id":1,"data":"\\u0000AA=="}]');
    expect(await result('public.no_item()')).to.equal('[null]');
  });

  it('have the names of OUT parameters and their bytes if the function returns a row of its own', async () => {
    expect(await result('public.as_row()')).to.equal('[{"x":1,"y \\"y":"\\u0000Af8="}]');
    expect(await result('public.as_rows(integer)', 2)).to.equal(
      '[[{"x":1,"y":"\\u0000Af8="},{"x":2,"y":"\\u0000Af8="}]]',
    );
    expect(await result('public.no_row()')).to.equal('[null]');
    expect(await result('public.row_of_nulls()')).to.equal('[{"x":null,"y":null}]');
  });

  it('are one array of rows: values, or objects if there are several columns', async () => {
    expect(await result('public.numbers(integer)', 3)).to.equal(
      '[[9007199254740993,9007199254740994,9007199254740995]]',
    );
    expect(await result('public.listed(integer)', 2)).to.equal('[[{"id":1,"name":"n1"},{"id":2,"name":"n2"}]]');
    expect(await result('public.ids(integer)', 2)).to.equal('[[1,2]]');
    expect(await result('public.items()')).to.equal('[[{"id":1,"data":"\\u0000AA=="},{"id":2,"data":null}]]');
    expect(await result('public.numbers(integer)', 0)).to.equal('[[]]');
  });

  it('contain a json document unchanged', async () => {
    expect(await result('public.document()')).to.equal('[{"b" : 1.10,\n "a":12345678901234567890, "b":[]}]');
  });

  it('contain the args and kwargs of a crossbar.result', async () => {
    const exact = (args: unknown, kwargs: unknown) => stage.call('public.exact(jsonb,jsonb)', { args: [args, kwargs] });
    expect(await exact([1, null], { a: [2] })).to.deep.equal({ args: '[1, null]', kwargs: '{"a": [2]}' });
    expect(await calls('exact')).to.equal(1);
    expect(await exact(null, null)).to.deep.equal({ args: '[]', kwargs: '' });
    expect(await stage.call('public.no_result()')).to.deep.equal({ args: '[]', kwargs: '' });
  });

  it('are wamp.error.runtime_error if a crossbar.result is malformed', async () => {
    for (const [args, kwargs, message] of [
      [{ a: 1 }, null, 'public.exact returned args that are no JSON array'],
      [[], [1], 'public.exact returned kwargs that are no JSON object'],
      ['[', null, 'public.exact returned args that are no JSON array'],
    ]) {
      const error = await rejection<WampError>(stage.call('public.exact(jsonb,jsonb)', { args: [args, kwargs] }));
      expect(error).to.include({ error: 'wamp.error.runtime_error' });
      expect(error.args).to.deep.equal([message]);
    }
  });

  it('contain one row each if they are progressive', async () => {
    const results = await stage.routine('public.results()');
    expect(rowPayload(results, ['[1]', '{"a": 1}'])).to.deep.equal({ args: '[1]', kwargs: '{"a": 1}' });
    expect(rowPayload(results, [null, null])).to.deep.equal({ args: '[]', kwargs: '' });
    expect(await result('public.results()')).to.equal('[[{"args":[1],"kwargs":{"a": 1}},{"args":null,"kwargs":null}]]');
    const items = await stage.routine('public.items()');
    expect(rowPayload(items, ['{"id":1,"data":"\\\\x00"}'])).to.include({ args: '[{"id":1,"data":"\\u0000AA=="}]' });
    expect(rowPayload(await stage.routine('public.numbers(integer)'), [null])).to.include({ args: '[null]' });
  });

  it('are refused as soon as the rows exceed the limit', async () => {
    const whole = new WholeResult(await stage.routine('public.numbers(integer)'), 100);
    whole.add(Array.from({ length: 9 }, () => ['123456789']));
    expect(whole.payload().args).to.have.length.below(100);
    const error = thrown<WampError>(() => whole.add([['123456789']]));
    expect(error).to.include({ error: 'wamp.error.payload_size_exceeded' });
    expect(error.args[0]).to.equal(
      'the result is larger than 100 characters; call for progressive results, or for fewer rows',
    );
    const value = new WholeResult(await stage.routine('public.document()'), 100);
    expect(() => value.add([['1'.repeat(101)]])).to.throw('larger than 100 characters');
  });

  describe('of a procedure', () => {
    it('are empty without OUT parameters', async () => {
      expect(await result('public.quiet(text)', 'procedure')).to.equal('[]');
      expect(await calls('procedure')).to.equal(1);
    });

    it('are an object of its OUT and INOUT parameters, or the value of the only one', async () => {
      const move = 'public.move(integer,integer,integer)';
      expect(await result(move, 1, 2)).to.equal('[{"b":3,"the \\"sum\\"":14,"outs":"\\u0000YQ=="}]');
      const { args } = await stage.call(move, { kwargs: { c: 0, b: null, a: 1 } });
      expect(args).to.equal('[{"b":null,"the \\"sum\\"":null,"outs":"\\u0000YQ=="}]');
      expect(await result('public.one()')).to.equal('[{"id":1,"data":"\\u0000Yg=="}]');
      expect(await result('public.many(integer[])', 1, 2, 3)).to.equal('[3]');
      const exactly = await stage.call('public.exactly(crossbar.result)', { args: [{ args: [1] }] });
      expect(exactly).to.deep.equal({ args: '[1]', kwargs: '{"b": 1}' });
    });

    it('do not accept an OUT parameter as an argument', async () => {
      const error = await stage.refusal('public.one()', { kwargs: { sole: 1 } });
      expect(error.args).to.deep.equal(['sole: expected no such keyword, found 1: there are no parameters']);
    });
  });
});
