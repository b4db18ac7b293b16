import { openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

/** Settings that anybody may have made for a session, a role or a database, and that change what texts mean. */
const unusual = `SET standard_conforming_strings = off; SET escape_string_warning = off; SET quote_all_identifiers = on; SET array_nulls = off;
  SET transform_null_equals = on; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET TimeZone = 'Asia/Kolkata';
  SET bytea_output = 'escape'; SET xmlbinary = 'hex'; SET extra_float_digits = -15; SET lc_messages = 'C'; SET search_path = ''`;

describe('Settings of a session', () => {
  it('have no effect on registering, subscribing and calling', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql, requests } = stage;
    await sql.query(`CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql RETURN a + b;
      CREATE FUNCTION called(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql AS '';
      GRANT EXECUTE ON FUNCTION crossbar.call_async, crossbar.subscribe TO pg_monitor; GRANT pg_monitor TO crossbar;
      SELECT crossbar.grant_call('pg_monitor', '*')`);
    await sql.query(unusual);
    await sql.query(
      `SELECT crossbar.register('com.some.sss', 'public.add2(integer, integer)', '{"run_as": "crossbar"}')`,
    );
    await sql.query(
      `SELECT crossbar.subscribe('com.some.', 'public.add2(integer, integer)', '{"run_as": "crossbar", "match": "prefix"}')`,
    );
    const functions = await rows(
      sql,
      'SELECT function FROM crossbar.registrations UNION SELECT handler FROM crossbar.subscriptions',
    );
    expect(functions).to.deep.equal([{ function: 'public.add2(integer,integer)' }]);
    expect(await value(sql, `SELECT crossbar.call('com.some.sss', '["a"]')`)).to.equal(1);
    await sql.query(
      `SET ROLE pg_monitor; SELECT crossbar.call_async('com.sss', options => '{"handler": "public.called(bigint)"}'); RESET ROLE`,
    );
    expect(await value(sql, 'SELECT handler FROM crossbar.calls')).to.equal('public.called(bigint,jsonb,jsonb)');
    for (const procedure of ['com some', 'com.', 'com#', 'com.\n']) {
      for (const statement of [
        'SELECT crossbar.call($1)',
        `SELECT crossbar.register($1, 'public.add2(integer, integer)')`,
      ]) {
        expect((await errorOf(sql.query(statement, [procedure]))).code, procedure).to.equal('22023');
      }
    }
    expect(requests.map(({ procedure }) => procedure)).to.deep.equal(['com.some.sss']);
  });

  it('with read-only transactions do not prevent publishing, with delivery wal', async () => {
    await using stage = await openStage(['com.example.read']);
    for (const mode of ['ISOLATION LEVEL SERIALIZABLE READ ONLY', 'READ ONLY']) {
      await stage.sql.query(`BEGIN ${mode}; SELECT crossbar.publish('com.example.read', '[1]');
        SELECT crossbar.publish('com.example.read', '[2]', options => '{"exclude_me": false}'); COMMIT`);
      expect(await stage.client.payloads(2)).to.deep.equal([',[1]', ',[2]']);
      await stage.sql.query(
        `BEGIN ${mode}; SELECT crossbar.publish('com.example.read', '[3]', autonomous => true); ROLLBACK`,
      );
      expect(await stage.client.payloads(1)).to.deep.equal([',[3]']);
    }
  });

  it('have no effect on publishing', async () => {
    await using stage = await openStage(['com.example.sss']);
    await stage.sql.query(unusual);
    await stage.sql.query(`SELECT crossbar.publish('com.example.sss', '[1]', options => '{"acknowledge": true}')`);
    expect((await stage.client.next()).payload).to.equal(',[1]');
    for (const topic of ['com example', 'com.example.\n', 'com..a']) {
      for (const options of ['NULL', `'{}'`]) {
        const error = await errorOf(stage.sql.query(`SELECT crossbar.publish($1, options => ${options})`, [topic]));
        expect(error.code, topic).to.equal('22023');
      }
    }
  });

  it('have no effect on row changes', async () => {
    await using stage = await openStage(['com.example.row']);
    await stage.sql.query(`CREATE TABLE public.row (digits float8, bytes bytea, long interval, days daterange);
      CREATE TRIGGER changed AFTER INSERT ON public.row FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('com.example.row')`);
    const published = async () => {
      await stage.sql.query(`INSERT INTO public.row VALUES (0.1::float8 + 0.2::float8, decode('00ff5c', 'hex'), '1 year -3 days 04:05:06.7',
        daterange(make_date(2020, 2, 1), make_date(2020, 2, 5)))`);
      const { payload } = await stage.client.next();
      return JSON.parse(payload.slice(payload.indexOf('{'), payload.lastIndexOf('}') + 1)).new;
    };
    const usual = await published();
    expect(usual).to.deep.include({ digits: 0.1 + 0.2, days: '[2020-02-01,2020-02-05)' });
    await stage.sql.query(unusual);
    expect(await published()).to.deep.equal(usual);
  });
});
