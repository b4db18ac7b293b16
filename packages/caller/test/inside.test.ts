import { calleeOptions, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { register } from '@pgwamp/harness/fixtures/register';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

describe('crossbar.call inside of PostgreSQL', () => {
  it('works in a trigger: its result changes the row, and its error refuses the row', async () => {
    await using stage = await openCallerStage();
    await stage.callee.register('com.example.price', ([name]) => {
      if (name === 'gold') throw new Error('not for sale');
      return 1.5;
    });
    await stage.sql.query(`CREATE TABLE item (name text, price numeric);
      CREATE FUNCTION price() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.price := crossbar.call('com.example.price', jsonb_build_array(NEW.name))::numeric;
        RETURN NEW;
      END $$;
      CREATE TRIGGER price BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION price()`);
    await stage.sql.query(`INSERT INTO item SELECT 'milk' FROM generate_series(1, 10)`);
    const refused = await errorOf(stage.sql.query(`INSERT INTO item VALUES ('gold')`));
    expect(refused).to.include({ code: 'CB001', message: 'wamp.error.runtime_error: not for sale' });
    expect(await stage.one(`SELECT array_agg(DISTINCT price) || count(*) FROM item`)).to.equal('{1.5,10}');
  });

  it('can be caught by its SQLSTATE, and the transaction continues', async () => {
    await using stage = await openCallerStage();
    await stage.sql.query(`CREATE FUNCTION attempt() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        RETURN crossbar.call('com.example.none');
      EXCEPTION WHEN SQLSTATE 'CB002' THEN RETURN 'nobody is there';
      END $$`);
    expect(await stage.column('SELECT attempt() FROM generate_series(1, 3)')).to.deep.equal(
      Array(3).fill('nobody is there'),
    );
  });

  it('calls functions of the same database over WAMP, nested several levels, with any number of connections', async () => {
    await using stage = await openCallerStage();
    await stage.sql.query(`CREATE FUNCTION depth(n integer) RETURNS jsonb LANGUAGE sql AS $$
        SELECT CASE WHEN n = 0 THEN '[]' ELSE jsonb_build_array(n, current_setting('crossbar.forward_for')::jsonb -> -1 -> 'authid')
          || crossbar.call('com.example.depth', jsonb_build_array(n - 1)) END $$;
      CREATE FUNCTION fail() RETURNS void LANGUAGE sql AS $$
        SELECT crossbar.raise('com.example.error.deep', '[12345678901234567890]', '{"a": 1.50}') $$;
      CREATE FUNCTION pass() RETURNS jsonb LANGUAGE sql AS $$ SELECT crossbar.call('com.example.fail') $$;
      ${register('com.example.depth', 'depth(integer)')} ${register('com.example.fail', 'fail()')} ${register('com.example.pass', 'pass()')}`);
    const options = calleeOptions(stage.database, { type: 'memory', router: stage.router }, { pool: { size: 2 } });
    await using callee = await startCallee(options);
    const login = await stage.one('SELECT session_user');
    expect(await stage.one(`SELECT crossbar.call('com.example.depth', '[3]')`)).to.equal(
      `[3, "${login}", 2, "crossbar", 1, "crossbar"]`,
    );
    const sessions = await Promise.all(Array.from({ length: 10 }, () => stage.database.connect()));
    await using _sessions = new AsyncDisposableStack();
    for (const session of sessions) _sessions.use(session);
    const deep = sessions.map((session) => session.query(`SELECT crossbar.call('com.example.depth', '[1]') AS it`));
    expect((await Promise.all(deep)).map(({ rows }) => rows[0].it.length)).to.deep.equal(Array(10).fill(2));
    const error = await errorOf(stage.sql.query(`SELECT crossbar.call('com.example.pass')`));
    expect(error).to.include({ code: 'CB001', message: 'com.example.error.deep: 12345678901234567890' });
    expect(error.detail).to.equal(
      '{"args": [12345678901234567890], "error": "com.example.error.deep", "kwargs": {"a": 1.50}}',
    );
    expect(callee.status().inFlight).to.equal(0);
  });
});
