import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { parseLossless, stringify } from '../../src/json.ts';
import { ExecutorStage } from '../support/executor-stage.ts';

const definitions = `
  CREATE TABLE account (id integer PRIMARY KEY, owner text NOT NULL, balance integer CONSTRAINT solvent CHECK (balance >= 0),
    other integer REFERENCES account DEFERRABLE INITIALLY DEFERRED);
  CREATE DOMAIN positive AS integer CONSTRAINT is_positive CHECK (VALUE > 0);
  INSERT INTO account VALUES (1, 'the secret owner', 7, NULL);
  GRANT ALL ON account TO :app;
  CREATE TABLE secrets (a integer);
  CREATE FUNCTION run(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; END $$;
  CREATE FUNCTION positive(a integer) RETURNS positive LANGUAGE sql AS 'SELECT a::positive';
  CREATE FUNCTION raise(code text, message text, detail text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail, HINT = 'try harder'; END $$;
  CREATE FUNCTION raise_wamp(error text, args jsonb, kwargs jsonb) RETURNS void LANGUAGE sql AS 'SELECT crossbar.raise(error, args, kwargs)';
  CREATE FUNCTION later(a integer) RETURNS integer LANGUAGE sql AS 'INSERT INTO account VALUES (a, '''', 0, 99) RETURNING id';
`;

describe('Function executor: errors', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions);
  });

  after(() => stage?.[Symbol.asyncDispose]());

  async function errorOf(signature: string, ...args: unknown[]): Promise<Pick<WampError, 'error' | 'args' | 'kwargs'>> {
    const { error, args: given, kwargs } = await rejection<WampError>(stage.value(signature, ...args));
    return { error, args: given, kwargs };
  }

  const run = (statement: string) => errorOf('public.run(text)', statement);
  const raise = (...args: string[]) => errorOf('public.raise(text,text,text)', ...args);

  it('contain message, SQLSTATE and the names of objects, and neither DETAIL, CONTEXT nor the query', async () => {
    expect(await run(`INSERT INTO account VALUES (1, 'me', 1)`)).to.deep.equal({
      error: 'crossbar.error.unique_violation',
      args: ['duplicate key value violates unique constraint "account_pkey"'],
      kwargs: { sqlstate: '23505', schema: 'public', table: 'account', constraint: 'account_pkey' },
    });
    expect(await run(`INSERT INTO account VALUES (2, NULL, 1)`)).to.deep.include({
      error: 'crossbar.error.not_null_violation',
      kwargs: { sqlstate: '23502', schema: 'public', table: 'account', column: 'owner' },
    });
    expect(await errorOf('public.positive(integer)', -1)).to.deep.include({
      error: 'crossbar.error.check_violation',
      kwargs: { sqlstate: '23514', schema: 'public', datatype: 'positive', constraint: 'is_positive' },
    });
    const all = [
      await run('UPDATE account SET balance = -1'),
      await run('SELECT nonsense FROM account /* the secret query */'),
    ];
    for (const error of all) expect(stringify(error)).to.not.match(/secret|SELECT|UPDATE|PL\/pgSQL|line 1/);
  });

  it('are truncated, with a note', async () => {
    const long = await run(`DO $$ BEGIN RAISE '%', repeat('x', 20000) USING HINT = repeat('y', 20000); END $$`);
    expect(long.args[0]).to.equal(`${'x'.repeat(10_000)}... (cut, of 20000 characters)`);
    expect(long.kwargs.hint).to.match(/^y{10000}\.\.\. \(cut, of 20000 characters\)$/);
    const longer = await run(`DO $$ BEGIN RAISE '%', repeat('x', 20000000) USING ERRCODE = 'P0002'; END $$`);
    expect(longer.error).to.equal('crossbar.error.no_data_found');
    expect(longer.args[0]).to.match(/^x{10000}\.\.\. \(cut, of \d+ characters\)$/);
    const raised = await run(`SELECT crossbar.raise('com.example.long', jsonb_build_array(repeat('x', 20000000)))`);
    expect(raised.error).to.equal('wamp.error.payload_size_exceeded');
    expect(raised.args[0]).to.match(/^com\.example\.long: x+\.\.\. \(cut/);
  });

  it('contain the hint of PostgreSQL or of the function', async () => {
    expect(await run(`SELECT lenght('x')`))
      .to.have.nested.property('kwargs.hint')
      .that.matches(/No function matches/);
    expect(await raise('P0001', 'no luck', 'the secret detail')).to.deep.equal({
      error: 'wamp.error.runtime_error',
      args: ['no luck'],
      kwargs: { sqlstate: 'P0001', hint: 'try harder' },
    });
  });

  it('have the URI wamp.error.not_authorized if the role has no privilege', async () => {
    expect(await run('TABLE secrets')).to.deep.equal({
      error: 'wamp.error.not_authorized',
      args: ['permission denied for table secrets'],
      kwargs: { sqlstate: '42501' },
    });
  });

  it('may be raised by COMMIT', async () => {
    expect(await errorOf('public.later(integer)', 5)).to.deep.include({
      error: 'crossbar.error.foreign_key_violation',
    });
    const { rows } = await stage.sql.query('SELECT count(*)::int AS n FROM account WHERE id = 5');
    expect(rows).to.deep.equal([{ n: 0 }]);
  });

  it('name the argument that PostgreSQL cannot parse', async () => {
    expect(await errorOf('public.positive(integer)', 'seven')).to.deep.equal({
      error: 'wamp.error.invalid_argument',
      args: ['a: expected integer, found "seven": invalid input syntax for type integer: "seven"'],
      kwargs: { parameter: 'a', expected: 'integer', value: '"seven"' },
    });
  });

  it('contain the arguments of crossbar.raise, with every digit', async () => {
    const args = '[12345678901234567890, 1.10, {"b": 1, "a": [null, true]}, "ä€𝄞"]';
    const kwargs = '{"big": 98765432109876543210.50}';
    const { rows } = await stage.sql.query('SELECT $1::jsonb::text AS args, $2::jsonb::text AS kwargs', [args, kwargs]);
    const endpoint = await stage.endpoint('public.raise_wamp(text,jsonb,jsonb)');
    const raised = (given: unknown[], keywords: object) =>
      rejection<WampError>(stage.call(endpoint, ['com.example.error.x', given, keywords]));
    const plain = await raised(['no', 1], { a: 1 });
    expect(plain).to.deep.include({ error: 'com.example.error.x', args: ['no', 1], kwargs: { a: 1 } });
    await stage.define(`CREATE OR REPLACE FUNCTION digits() RETURNS void LANGUAGE sql
      AS $$ SELECT crossbar.raise('com.example.error.digits', '${args}', '${kwargs}') $$`);
    const error = await errorOf('public.digits()');
    expect(stringify(error.args)).to.equal(rows[0].args.replaceAll(/([:,]) /g, '$1'));
    expect(stringify(error.kwargs)).to.equal(rows[0].kwargs.replaceAll(': ', ':'));
    expect(await raised([], {})).to.deep.include({ error: 'com.example.error.x', args: [], kwargs: {} });
  });

  it('may have a URI of several megabytes', async () => {
    const error = `${'a.'.repeat(4_000_000)}a`;
    expect((await raise('CB001', 'oops', JSON.stringify({ error }))).error).to.have.length(error.length);
  });

  it('have the URI wamp.error.runtime_error if the detail of SQLSTATE CB001 is malformed', async () => {
    const forged = [
      '',
      'no JSON',
      '[]',
      'null',
      '17',
      '12345678901234567890',
      '{"error": 17}',
      '{"error": "not a URI"}',
      '{"error": "com..example"}',
      '{"error": ""}',
      '{"error": "com.example", "args": {}}',
      '{"error": "com.example", "args": "x"}',
      '{"error": "com.example", "kwargs": []}',
      '{"error": "com.example", "kwargs": 12345678901234567890}',
      '{"args": [], "kwargs": {}}',
    ];
    for (const detail of forged) {
      const error = await raise('CB001', 'the message', detail);
      expect(error, detail).to.deep.include({ error: 'wamp.error.runtime_error', args: ['the message'] });
    }
    expect(await raise('CB001', 'the message', '{"error": "com.example.x"}')).to.deep.equal({
      error: 'com.example.x',
      args: [],
      kwargs: {},
    });
  });

  it('pass on the error that a nested crossbar.call has received', async () => {
    const detail = stringify({
      error: 'com.example.error.odd',
      args: [parseLossless('9007199254740993')],
      kwargs: { a: [1.5] },
    });
    for (const sqlstate of ['CB001', 'CB002', 'CB003', 'CB004', 'CB005', 'CB006']) {
      const { error, args, kwargs } = await raise(sqlstate, 'the message', detail);
      expect(error).to.equal('com.example.error.odd');
      expect(stringify([args, kwargs])).to.equal('[[9007199254740993],{"a":[1.5]}]');
    }
  });

  it('map each SQLSTATE of crossbar.call to a URI if there is no error to pass on', async () => {
    const expected = {
      CB002: 'wamp.error.no_such_procedure',
      CB003: 'wamp.error.timeout',
      CB004: 'wamp.error.canceled',
      CB005: 'wamp.error.canceled',
      CB006: 'wamp.error.unavailable',
      CB999: 'wamp.error.runtime_error',
    };
    for (const [sqlstate, error] of Object.entries(expected)) {
      expect(await raise(sqlstate, 'the message', '')).to.deep.include({ error, args: ['the message'] });
    }
    expect(await raise('CB999', 'the message', '{"error": "com.example.x"}')).to.have.property('error', expected.CB999);
  });

  it('have the URI wamp.error.unavailable after DROP FUNCTION, until the function is created again', async () => {
    await stage.define(`CREATE FUNCTION doomed(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a'`);
    const endpoint = await stage.endpoint('public.doomed(integer)');
    await stage.call(endpoint, [1]);
    await stage.define('DROP FUNCTION doomed');
    const dropped = await rejection<WampError>(stage.call(endpoint, [1]));
    expect(dropped).to.have.property('error', 'wamp.error.unavailable');
    expect(dropped.args).to.deep.equal(['public.doomed(integer) does not exist']);
    const unusable = await stage.endpoint('public.doomed(integer)');
    expect(await rejection(stage.call(unusable, [1]))).to.have.property('error', 'wamp.error.unavailable');
    await stage.define(`CREATE FUNCTION doomed(a integer) RETURNS text LANGUAGE sql AS 'SELECT ''back'''`);
    expect(await stage.value('public.doomed(integer)', 1)).to.equal('back');
    expect((await stage.call(endpoint, [1])).args).to.equal('["back"]');
  });
});
