import type { WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  -- Numbers of a sequence are not given back when a transaction fails.
  CREATE SEQUENCE tries;
  GRANT ALL ON SEQUENCE tries TO :app;
  CREATE FUNCTION fail_until(try bigint, code text) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE n bigint := nextval('tries');
  BEGIN
    IF n < try THEN RAISE EXCEPTION 'try %', n USING ERRCODE = code; END IF;
    RETURN n;
  END $$;
  CREATE PROCEDURE fail_procedure(code text) LANGUAGE plpgsql AS $$
  BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'no' USING ERRCODE = code; END $$;
  CREATE FUNCTION rows_then_fail(count integer) RETURNS SETOF integer LANGUAGE plpgsql AS $$
  BEGIN PERFORM nextval('tries'); RETURN QUERY SELECT generate_series(1, count); RAISE SQLSTATE '40001'; END $$;
  CREATE TABLE counter (n integer);
  INSERT INTO counter VALUES (0);
  GRANT ALL ON counter TO :app;
  CREATE FUNCTION increment() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM FROM counter; UPDATE counter SET n = n + 1; END $$;
  CREATE FUNCTION embrace(first bigint, second bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_advisory_xact_lock(first), pg_sleep(0.2); PERFORM pg_advisory_xact_lock(second); END $$;
`;

describe('Function executor: retries', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions);
  });

  after(() => stage?.[Symbol.asyncDispose]());

  beforeEach(() => stage.sql.query('ALTER SEQUENCE tries RESTART'));

  async function tries(): Promise<number> {
    const { rows } = await stage.sql.query(
      'SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int AS tries FROM tries',
    );
    return rows[0].tries;
  }

  it('retries a serialization failure or deadlock three times, or as often as the option retries allows', async () => {
    const failing = await stage.endpoint('public.fail_until(bigint,text)');
    expect(onlyResult(await stage.call(failing, [4, '40001']))).to.equal(4);
    await stage.sql.query('ALTER SEQUENCE tries RESTART');
    const error = await rejection<WampError>(stage.call(failing, [5, '40P01']));
    expect([error.error, error.args[0]]).to.deep.equal(['crossbar.error.deadlock_detected', 'try 4']);
    await stage.sql.query('ALTER SEQUENCE tries RESTART');
    const once = { ...failing, options: { retries: 0 } };
    expect((await rejection<WampError>(stage.call(once, [2, '40001']))).error).to.equal(
      'crossbar.error.serialization_failure',
    );
    expect(await tries()).to.equal(1);
    expect(onlyResult(await stage.call({ ...failing, options: { retries: 6 } }, [8, '40001']))).to.equal(8);
  });

  it('does not retry other errors, procedures, or after the timeout of the call', async () => {
    await rejection(stage.value('public.fail_until(bigint,text)', 2, '23505'));
    expect(await tries()).to.equal(1);
    await rejection(stage.call(await stage.endpoint('public.fail_procedure(text)'), ['40001']));
    expect(await tries()).to.equal(2);
    const failing = await stage.endpoint('public.fail_until(bigint,text)', { options: { retries: 100 } });
    const late = await rejection<WampError>(stage.call(failing, [100, '40001'], { timeout: 20 }));
    expect(late.error).to.equal('wamp.error.timeout');
    expect(await tries()).to.be.below(20);
  });

  it('retries a call with progressive results only before the first row was sent', async () => {
    const failing = await stage.endpoint('public.rows_then_fail(integer)');
    let sent = 0;
    const progress = async () => {
      sent += 1;
    };
    // PL/pgSQL gives no row before the last statement is through.
    await rejection(stage.call(failing, [3], { progress }));
    expect([sent, await tries()]).to.deep.equal([0, 4]);
    await stage.define(`CREATE FUNCTION rows_until(n integer) RETURNS SETOF integer LANGUAGE sql AS $$
      SELECT CASE WHEN i < n THEN i ELSE fail_until(1000000, '40001')::integer END FROM generate_series(1, n) AS i $$`);
    const error = await rejection<WampError>(
      stage.call(await stage.endpoint('public.rows_until(integer)'), [5000], { progress }),
    );
    expect(error.error).to.equal('crossbar.error.serialization_failure');
    expect(await tries()).to.equal(5);
    expect(sent).to.be.within(1, 4999);
  });

  it('succeeds after real serialization failures', async () => {
    await stage.define(`ALTER ROLE :app SET default_transaction_isolation = 'serializable'`);
    const increment = await stage.endpoint('public.increment()', { options: { retries: 100 } });
    await Promise.all(Array.from({ length: 40 }, () => stage.call(increment)));
    expect((await stage.sql.query('SELECT n FROM counter')).rows).to.deep.equal([{ n: 40 }]);
    await stage.define('ALTER ROLE :app RESET ALL');
  });

  it('succeeds after a real deadlock', async () => {
    const embrace = await stage.endpoint('public.embrace(bigint,bigint)');
    const results = await Promise.all([stage.call(embrace, [1, 2]), stage.call(embrace, [2, 1])]);
    expect(results).to.have.length(2);
    const deadlocks = async () => {
      const { rows } = await stage.sql.query(
        'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
      );
      return rows[0].deadlocks;
    };
    expect(await waitFor(deadlocks, { what: 'the deadlock to be counted' })).to.equal(1);
  });
});
