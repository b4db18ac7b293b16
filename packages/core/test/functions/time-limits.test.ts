import type { WampError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { Endpoint } from '../../src/functions/index.ts';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  CREATE FUNCTION nap(seconds float8) RETURNS text LANGUAGE sql AS 'SELECT ''rested'' FROM pg_sleep(seconds)';
  CREATE FUNCTION limits() RETURNS text LANGUAGE sql AS 'SELECT current_setting(''statement_timeout'')';
  CREATE FUNCTION cancelled() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '57014'; END $$;
  CREATE FUNCTION many() RETURNS SETOF integer LANGUAGE sql AS 'SELECT generate_series(1, 10000)';
  CREATE FUNCTION echo(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n';
`;

describe('Function executor: time limits', () => {
  let stage: ExecutorStage;
  let nap: Endpoint;

  before(async () => {
    stage = await ExecutorStage.open(definitions, { pool: { size: 2 }, statement_timeout: 60_000 });
    nap = await stage.endpoint('public.nap(double precision)');
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const errorOf = async (call: Promise<unknown>) => (await rejection<WampError>(call)).error;

  it('stops the statement after the timeout of the call', async () => {
    expect(await errorOf(stage.call(nap, [60], { timeout: 50 }))).to.equal('wamp.error.timeout');
    await stage.asleep(0);
    expect(onlyResult(await stage.call(nap, [0], { timeout: 60_000 }))).to.equal('rested');
  });

  it('counts the wait for a connection as a part of the timeout', async () => {
    const stop = new AbortController();
    const long = [1, 2].map(() => rejection(stage.call(nap, [60], { signal: stop.signal })));
    await stage.asleep(2);
    expect(await errorOf(stage.call(nap, [0], { timeout: 30 }))).to.equal('wamp.error.timeout');
    stop.abort();
    await Promise.all(long);
  });

  it('applies the smallest of timeout, the statement_timeout of the component and that of the role', async () => {
    const limits = await stage.endpoint('public.limits()');
    const limit = async (timeout?: number) => {
      const text = onlyResult(await stage.call(limits, [], { timeout }));
      const { rows } = await stage.sql.query('SELECT extract(epoch FROM $1::interval)::float8 * 1000 AS ms', [text]);
      return rows[0].ms as number;
    };
    expect(await limit()).to.equal(60_000);
    expect(await limit(0)).to.equal(60_000);
    expect(await limit(1e12)).to.equal(60_000);
    expect(await limit(30_000)).to.be.within(20_000, 30_000);
    for (const [own, expected] of [
      ['45s', 45_000],
      ['2min', 60_000],
      ['0', 60_000],
      ['1234', 1234],
      ['0.5min', 30_000],
      [' 1.5e1 s ', 15_000],
      ['0x10', 16],
      ['010', 8],
      ['2500us', 2],
      ['.01 min', 600],
    ] as const) {
      await stage.define(`ALTER ROLE :app SET statement_timeout = '${own}'`);
      expect(await limit(), own).to.equal(expected);
    }
    await stage.define(`ALTER ROLE :app SET statement_timeout = '40ms'`);
    expect(await errorOf(stage.call(nap, [60]))).to.equal('wamp.error.timeout');
    await stage.define('ALTER ROLE :app RESET statement_timeout');
    await using unbounded = stage.executor({ statement_timeout: 0 });
    expect(onlyResult(await unbounded.call({ endpoint: limits, args: [], kwargs: {}, details: {} }))).to.equal('0');
  });

  it('answers with wamp.error.timeout after the transaction_timeout of the role or of the database', async () => {
    const { rows } = await stage.sql.query(`SELECT current_setting('server_version_num')::int >= 170000 AS knows`);
    if (!rows[0].knows) return;
    const { name } = stage.database;
    for (const owner of [`ROLE :app IN DATABASE ${name}`, `DATABASE ${name}`]) {
      await stage.define(`ALTER ${owner} SET transaction_timeout = '200ms'`);
      await using executor = stage.executor({ pool: { size: 1 } });
      const call = (seconds: number) => executor.call({ endpoint: nap, args: [seconds], kwargs: {}, details: {} });
      expect(await errorOf(call(60))).to.equal('wamp.error.timeout');
      expect(onlyResult(await call(0)), 'in a new session').to.equal('rested');
      await stage.define(`ALTER ${owner} RESET transaction_timeout`);
    }
  });

  it('counts the wait for a slow consumer, whichever limit applies', async () => {
    const many = { ...(await stage.endpoint('public.many()')), options: { retries: 0 } };
    await using bounded = stage.executor({ statement_timeout: 200 });
    const invocation = { endpoint: many, args: [], kwargs: {}, details: {} };
    const never = () => new Promise<void>(() => undefined);
    expect(await errorOf(bounded.call({ ...invocation, progress: never }))).to.equal('wamp.error.timeout');
    expect(await errorOf(stage.call(many, [], { progress: never, timeout: 200 }))).to.equal('wamp.error.timeout');
    await stage.define(`ALTER ROLE :app SET statement_timeout = '200ms'`);
    expect(await errorOf(stage.call(many, [], { progress: never }))).to.equal('wamp.error.timeout');
    await stage.define('ALTER ROLE :app RESET statement_timeout');
    const open = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`;
    await waitFor(async () => (await stage.sql.query(open)).rowCount === 0, { what: 'the transactions to end' });
    let rows = 0;
    const progress = async () => {
      rows += 1;
    };
    await bounded.call({ ...invocation, progress });
    expect(rows).to.equal(10_000);
  });

  it('stops the statement when the call is canceled', async () => {
    const stop = new AbortController();
    const call = errorOf(stage.call(nap, [60], { signal: stop.signal }));
    await stage.asleep(1);
    stop.abort();
    expect(await call).to.equal('wamp.error.canceled');
    await stage.asleep(0);
  });

  it('ends a canceled call immediately if it waits for a connection or has not begun', async () => {
    const [blocker, waiting] = [new AbortController(), new AbortController()];
    const long = [1, 2].map(() => rejection(stage.call(nap, [60], { signal: blocker.signal })));
    await stage.asleep(2);
    const call = errorOf(stage.call(nap, [0], { signal: waiting.signal, timeout: 60_000 }));
    waiting.abort();
    expect(await withDeadline(call, 20_000, 'the call to end')).to.equal('wamp.error.canceled');
    expect(await errorOf(stage.call(nap, [0], { signal: AbortSignal.abort() }))).to.equal('wamp.error.canceled');
    blocker.abort();
    await Promise.all(long);
  });

  it('answers with wamp.error.canceled if another session cancels the statement', async () => {
    const call = errorOf(stage.call(nap, [60], { timeout: 60_000 }));
    await stage.asleep(1);
    await stage.sql.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    expect(await call).to.equal('wamp.error.canceled');
    expect(await errorOf(stage.value('public.cancelled()'))).to.equal('wamp.error.canceled');
  });

  it('ignores a cancellation after the answer', async () => {
    const stop = new AbortController();
    expect(onlyResult(await stage.call(nap, [0], { signal: stop.signal }))).to.equal('rested');
    stop.abort();
    expect(onlyResult(await stage.call(nap, [0]))).to.equal('rested');
  });

  it('cancels only the right statement: 10,000 calls, some canceled at random times', async () => {
    const echo = await stage.endpoint('public.echo(integer)');
    let canceled = 0;
    const one = async (n: number) => {
      if (Math.random() < 0.7) {
        expect(onlyResult(await stage.call(echo, [n]))).to.equal(n);
        return;
      }
      const stop = new AbortController();
      const call = stage.call(echo, [n], { signal: stop.signal });
      const outcome = call.then(onlyResult, ({ error }: WampError) => error);
      // Before it is sent, on its way, while it runs, after the answer: a call takes a few turns of the event loop.
      for (let turns = Math.floor(Math.random() * 8); turns > 0; turns -= 1) await new Promise(setImmediate);
      stop.abort();
      expect(await outcome).to.be.oneOf([n, 'wamp.error.canceled']);
      canceled += Number((await outcome) !== n);
    };
    let next = 0;
    const inTurn = async () => {
      while (next < 10_000) await one(next++);
    };
    await Promise.all(Array.from({ length: 8 }, inTurn));
    expect(canceled).to.be.within(250, 3500);
  });
});
