import { openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

/** Calls of the public functions, with texts of a column `text` whose collation ignores case. */
const calls = `
  SELECT crossbar.publish(topic), crossbar.publish(topic, options => '{"acknowledge": true}') FROM names;
  SELECT crossbar.publish(topic || (SELECT '.more')) FROM names;
  SELECT crossbar.register(topic, function, '{"run_as": "crossbar"}') FROM names;
  SELECT crossbar.subscribe(topic, function, '{"run_as": "crossbar", "match": "prefix"}') FROM names;
  SELECT crossbar.grant_call(role, topic) FROM names;
  SELECT crossbar.call(topic), crossbar.call(topic, options => '{"timeout": 1000}'), crossbar.call_async(topic) FROM names;
  SELECT crossbar.call_stream(topic) FROM names;
  SELECT crossbar.call_each(topic, ARRAY['[]'::jsonb]) FROM names`;

describe('Arguments with a collation that ignores case', () => {
  it('are accepted by every function, and are compared with case', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql } = stage;
    await sql.query(`
      CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql RETURN a + b;
      CREATE TABLE names (topic text COLLATE any_case, function text COLLATE any_case, role text COLLATE any_case);
      INSERT INTO names VALUES ('com.example.topic', 'public.add2(integer, integer)', 'pg_monitor')`);
    for (const call of calls.split(';')) await sql.query(call);
    expect(await rows(sql, 'SELECT uri, function FROM crossbar.registrations')).to.deep.equal([
      { uri: 'com.example.topic', function: 'public.add2(integer,integer)' },
    ]);
    await sql.query('UPDATE names SET topic = upper(topic), role = upper(role), function = upper(function)');
    expect(await value(sql, 'SELECT crossbar.unregister(topic) FROM names')).to.equal(false);
    expect(await value(sql, `SELECT crossbar.revoke_call('pg_monitor', topic) FROM names`)).to.equal(false);
    expect(await value(sql, `SELECT crossbar.revoke_call(role, 'com.example.topic') FROM names`)).to.equal(false);
    expect(await errorOf(sql.query('SELECT crossbar.grant_call(role, topic) FROM names'))).to.include({
      code: '42704',
    });
    for (const statement of [
      `SELECT crossbar.register('com.b', quote_ident(function)) FROM names`,
      `SELECT crossbar.raise(topic) FROM names`,
    ]) {
      expect((await errorOf(sql.query(statement))).message, statement).not.to.include('collation');
    }
    await sql.query('UPDATE names SET topic = lower(topic)');
    expect(await value(sql, 'SELECT crossbar.unregister(topic) FROM names')).to.equal(true);
    expect(await value(sql, `SELECT crossbar.revoke_call('pg_monitor', topic) FROM names`)).to.equal(true);
  });
});
