import type { WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { PayloadText } from '../../src/functions/index.ts';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
  CREATE FUNCTION numbers(count integer) RETURNS SETOF integer LANGUAGE sql AS 'SELECT generate_series(1, count)';
  CREATE FUNCTION pairs(n integer) RETURNS SETOF crossbar.result LANGUAGE sql AS
    $$ SELECT jsonb_build_array(i), jsonb_build_object('n', i) FROM generate_series(1, n) AS i $$;
  CREATE FUNCTION heavy(count integer) RETURNS SETOF text LANGUAGE sql AS 'SELECT repeat(''x'', 1048576) FROM generate_series(1, count)';
  CREATE TABLE written (n integer);
  GRANT ALL ON written TO :app;
  CREATE FUNCTION write_and_read(count integer) RETURNS SETOF integer LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO written VALUES (1); RETURN QUERY SELECT generate_series(1, count); END $$;
  CREATE PROCEDURE transfer(amount integer, INOUT total integer DEFAULT 0, INOUT at date DEFAULT '2026-01-02') LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO written VALUES (amount); COMMIT; total := amount * 2; INSERT INTO written VALUES (amount); ROLLBACK; END $$;
  CREATE PROCEDURE silent() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
  CREATE SEQUENCE ticket;
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  GRANT ALL ON ticket TO :app;
  CREATE FUNCTION draw(a integer, b positive, c jsonb, d date DEFAULT '2026-01-02', e bigint DEFAULT nextval('ticket'))
    RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN nextval('ticket'); END $$;
  CREATE FUNCTION raw(args jsonb, kwargs jsonb, details jsonb) RETURNS crossbar.result LANGUAGE sql AS 'SELECT jsonb_build_array(args, details), kwargs';
`;

describe('Function executor', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions);
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const rowsWritten = async () => (await stage.sql.query('SELECT n FROM written')).rows.map(({ n }) => n);

  it('calls a function with positional or keyword arguments, and handles many calls concurrently', async () => {
    const add2 = await stage.endpoint('public.add2(integer,integer)');
    expect(await stage.call(add2, [1, 2])).to.deep.equal({ args: '[3]', kwargs: '' });
    expect(await stage.call(add2, [], { kwargs: { b: 2, a: 1 } })).to.deep.equal({ args: '[3]', kwargs: '' });
    const sums = await Promise.all(Array.from({ length: 200 }, (_, n) => stage.call(add2, [n, n])));
    expect(sums.map(onlyResult)).to.deep.equal(Array.from({ length: 200 }, (_, n) => 2 * n));
  });

  it('passes details to the raw form, and returns crossbar.result unchanged', async () => {
    const raw = await stage.endpoint('public.raw(jsonb,jsonb,jsonb)');
    const details = { procedure: 'com.example.a', caller: 1 };
    const result = await stage.call(raw, [1, 'x'], { kwargs: { a: null }, details });
    expect([JSON.parse(result.args), JSON.parse(result.kwargs)]).to.deep.equal([[[1, 'x'], details], { a: null }]);
  });

  it('runs neither the function nor its defaults if an argument is wrong', async () => {
    const draw = await stage.endpoint('public.draw(integer,public.positive,jsonb,date,bigint)');
    const wrong: readonly (readonly [args: readonly unknown[], kwargs?: Readonly<Record<string, unknown>>])[] = [
      [['one', 1, {}]],
      [[[1], 1, {}]],
      [[2147483648, 1, {}]],
      [[1, 0, {}]],
      [[1, 1, '\0']],
      [[1, 1, {}, '2026-02-30']],
      [[1, 1, {}, null, 'x']],
      [[1, 1]],
      [[1, 1, {}, null, 1, 2]],
      [[1, 1, {}], { f: 1 }],
      [[1, 1, {}], { a: 1 }],
    ];
    for (const [args, kwargs = {}] of wrong) {
      const error = await rejection<WampError>(stage.call(draw, args, { kwargs }));
      expect(error.error, JSON.stringify([args, kwargs])).to.equal('wamp.error.invalid_argument');
    }
    const { rows } = await stage.sql.query('SELECT is_called FROM ticket');
    expect(rows).to.deep.equal([{ is_called: false }]);
    expect(onlyResult(await stage.call(draw, [1, 1, {}]))).to.equal(2);
  });

  it('returns rows as one array, or as progressive results if the caller requests them', async () => {
    const numbers = await stage.endpoint('public.numbers(integer)');
    expect(onlyResult(await stage.call(numbers, [3]))).to.deep.equal([1, 2, 3]);
    expect(onlyResult(await stage.call(numbers, [0]))).to.deep.equal([]);
    const rows: PayloadText[] = [];
    const progress = async (row: PayloadText) => void rows.push(row);
    expect(await stage.call(numbers, [3], { progress })).to.deep.equal({ args: '[]', kwargs: '' });
    expect(rows.splice(0)).to.deep.equal(['[1]', '[2]', '[3]'].map((args) => ({ args, kwargs: '' })));
    await stage.call(await stage.endpoint('public.pairs(integer)'), [2], { progress });
    expect(rows.splice(0).map(({ args, kwargs }) => [JSON.parse(args), JSON.parse(kwargs)])).to.deep.equal([
      [[1], { n: 1 }],
      [[2], { n: 2 }],
    ]);
    const value = await stage.call(await stage.endpoint('public.add2(integer,integer)'), [1, 2], { progress });
    expect([onlyResult(value), rows]).to.deep.equal([3, []]);
  });

  it('reads rows from PostgreSQL only as fast as the caller takes them', async () => {
    const numbers = await stage.endpoint('public.numbers(integer)');
    let taken = 0;
    const gate = Promise.withResolvers<void>();
    const call = stage.call(numbers, [1_000_000], {
      progress: async () => {
        taken += 1;
        if (taken === 10) await gate.promise;
      },
    });
    await waitFor(() => taken === 10, { what: 'ten rows' });
    const state = `SELECT wait_event FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%numbers%' AND pid <> pg_backend_pid()`;
    const waits = async () => (await stage.sql.query(state)).rows[0]?.wait_event === 'ClientRead';
    await waitFor(waits, { what: 'PostgreSQL to wait for the caller' });
    expect(taken).to.equal(10);
    gate.resolve();
    await call;
    expect(taken).to.equal(1_000_000);
  });

  it('rolls back a call with progressive results if it is canceled, times out or loses its session between rows', async () => {
    const writing = await stage.endpoint('public.write_and_read(integer)');
    const stop = new AbortController();
    const progress = async () => {
      stop.abort();
      await new Promise(() => undefined);
    };
    const canceled = await rejection<WampError>(stage.call(writing, [1000], { progress, signal: stop.signal }));
    expect(canceled.error).to.equal('wamp.error.canceled');
    const lost = new Error('the session was lost');
    expect(await rejection(stage.call(writing, [1000], { progress: () => Promise.reject(lost) }))).to.equal(lost);
    expect(await rowsWritten()).to.deep.equal([]);
    const late = await rejection<WampError>(
      stage.call(writing, [1000], { progress: () => new Promise(() => undefined), timeout: 50 }),
    );
    expect(late.error).to.equal('wamp.error.timeout');
    expect(await rowsWritten()).to.deep.equal([]);
  });

  it('limits the size of the array of rows', async () => {
    const heavy = await stage.endpoint('public.heavy(integer)');
    const error = await rejection<WampError>(stage.call(heavy, [1000]));
    expect(error.error).to.equal('wamp.error.payload_size_exceeded');
    expect((onlyResult(await stage.call(heavy, [3])) as string[]).map(({ length }) => length)).to.deep.equal([
      1048576, 1048576, 1048576,
    ]);
  });

  it('refuses a result larger than max_result_size, and reports whether the transaction is committed', async () => {
    await stage.define(`
      CREATE FUNCTION large(size integer) RETURNS text LANGUAGE sql AS $$ INSERT INTO written VALUES (0); SELECT repeat('x', size) $$;
      CREATE FUNCTION larges(size integer) RETURNS SETOF text LANGUAGE sql AS $$ INSERT INTO written VALUES (0); SELECT repeat('x', size) $$;
      CREATE PROCEDURE enlarge(size integer, OUT result text) LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO written VALUES (0); result := repeat('x', size); END $$`);
    const executor = stage.executor({ max_result_size: 10_000 });
    const call = async (name: string, args: number[], rest: object = {}) =>
      executor.call({ endpoint: await stage.endpoint(name), args, kwargs: {}, details: {}, ...rest });
    const fates = {
      'public.large(integer)': 'the function has run, and its transaction is committed',
      'public.enlarge(integer)': 'what the procedure had not committed is undone',
      'public.larges(integer)': 'nothing has happened',
    };
    for (const [name, fate] of Object.entries(fates)) {
      await stage.sql.query('TRUNCATE written');
      expect((await call(name, [9000])).args).to.include('xxxxx');
      const error = await rejection<WampError>(call(name, [11_000]));
      expect(error.error).to.equal('wamp.error.payload_size_exceeded');
      expect(error.args[0]).to.match(/^the result has 11\d+ bytes, and may have 10000 \(extra.max_result_size\); /);
      expect(error.args[0]).to.include(fate);
      expect(await rowsWritten()).to.have.length(fate.endsWith('is committed') ? 2 : 1);
    }
    const progress = async () => undefined;
    const error = await rejection<WampError>(call('public.larges(integer)', [11_000], { progress }));
    expect(error.error).to.equal('wamp.error.payload_size_exceeded');
    await stage.sql.query('TRUNCATE written');
  });

  it('refuses a result that is not UTF-8 because the function has set client_encoding', async () => {
    const set = `PERFORM set_config('client_encoding', 'LATIN1', local)`;
    await stage.define(`
      CREATE FUNCTION encode_one(text text, local boolean) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO written VALUES (31); ${set}; RETURN text; END $$;
      CREATE FUNCTION encode_rows(text text, local boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO written VALUES (32); ${set}; RETURN NEXT text; END $$;
      CREATE PROCEDURE encode_out(INOUT text text, local boolean) LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO written VALUES (33); ${set}; END $$`);
    const committed = 'the function has run, and its transaction is committed';
    for (const [name, fate] of [
      ['encode_one', committed],
      ['encode_rows', 'nothing has happened'],
      ['encode_out', committed.replace('function', 'procedure')],
    ] as const) {
      const endpoint = await stage.endpoint(`public.${name}(text,boolean)`);
      for (const local of [true, false]) {
        const { error, args } = await rejection<WampError>(stage.call(endpoint, ['Käse', local]));
        expect(error).to.equal('wamp.error.runtime_error');
        const kind = name === 'encode_out' ? 'procedure' : 'function';
        expect(args).to.deep.equal([`the result is not UTF-8, because the ${kind} has set client_encoding; ${fate}`]);
      }
    }
    expect(await rowsWritten()).to.deep.equal([31, 31, 33, 33]);
    await stage.sql.query('TRUNCATE written');
  });

  it('calls a procedure, which may commit, and returns its OUT parameters', async () => {
    const transfer = await stage.endpoint('public.transfer(integer,integer,date)');
    expect(onlyResult(await stage.call(transfer, [7]))).to.deep.equal({ total: 14, at: '2026-01-02' });
    expect(await rowsWritten()).to.deep.equal([7]);
    expect(await stage.call(await stage.endpoint('public.silent()'))).to.deep.equal({ args: '[]', kwargs: '' });
  });
});
