import { advertise, fails, openCallStage, openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { createSetUpDatabase, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const call = `SELECT crossbar.call('com.example.procedure')`;

describe('Connection of a session to a Caller', () => {
  it('requires the advertised secret', async () => {
    await using stage = await openCallStage(returns('1'));
    await stage.control.query(`UPDATE crossbar._link SET secret = 'a''b\\ c'`);
    const error = await errorOf(stage.sql.query(call));
    expect(error).to.include({ code: '08001', message: 'no Caller can be reached' });
    expect(error.detail).to.match(/password authentication failed/);
    expect(stage.requests).to.have.length(0);
  });

  it('fails within seconds if the machine of the Caller is down, for any environment of PostgreSQL', async () => {
    await using stage = await openCallStage(returns('1'));
    const port = await value(stage.sql, 'SELECT port FROM crossbar._link');
    const requireAuth = await value(
      stage.sql,
      `SELECT CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' require_auth=scram-sha-256' ELSE '' END`,
    );
    const target = await value(stage.sql, 'SELECT crossbar._connection_string(link) FROM crossbar._link AS link');
    expect(target).to.equal(
      `host='127.0.0.1' port=${port} dbname='realm1' user=crossbar password='${stage.secret}' sslmode=disable${requireAuth} ` +
        'gssencmode=disable connect_timeout=5 tcp_user_timeout=5000 keepalives=1 keepalives_idle=3 keepalives_interval=1 keepalives_count=3',
    );
    expect(await value(stage.sql, call)).to.equal(1);
  });

  it('is replaced before a call is sent if the Caller has closed it: one call for each execution', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await using first = await openLink(database, returns('1'));
    expect(await value(sql, call)).to.equal(1);
    await using second = await openLink(database, returns('2'));
    expect(await value(sql, call)).to.equal(1);
    await first.link.close();
    await first.control.end();
    await sql.query('BEGIN');
    expect(await value(sql, call)).to.equal(2);
    expect(await value(sql, call)).to.equal(2);
    await sql.query('COMMIT');
    expect([first.requests.length, second.requests.length]).to.deep.equal([2, 2]);
  });

  it('switches to another Caller, even in a transaction that has seen the first one', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query('BEGIN');
    {
      await using first = await openLink(database, returns('1'));
      expect(await value(sql, call)).to.equal(1);
      await sql.query('SELECT count(*) FROM pg_stat_activity');
      await first.link.close();
    }
    await using _second = await openLink(database, returns('2'));
    expect(await value(sql, call)).to.equal(2);
    await sql.query('COMMIT');
  });

  it('chooses another Caller if one does not answer', async () => {
    await using stage = await openCallStage(returns('1'));
    await using control = await stage.database.connect(crossbarLogin(stage.database));
    await advertise(control, { port: 1 });
    for (let session = 0; session < 5; session += 1) {
      await using sql = await stage.database.connect();
      expect(await value(sql, call)).to.equal(1);
    }
    expect(stage.requests).to.have.length(5);
  });

  it('raises an error if it is lost after a call was sent, and the call is not repeated', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    await using first = await openLink(database, () => {
      resolve();
      return new Promise(() => undefined);
    });
    const outcome = errorOf(sql.query(call));
    await begun;
    await using second = await openLink(database, returns('2'));
    await first.link.close();
    const error = await outcome;
    expect(error).to.include({
      code: 'CB006',
      hint: 'Whether the procedure was called is unknown. It was not called again.',
    });
    expect(error.message).to.match(/^the Caller was lost after the call was sent: /);
    expect([first.requests.length, second.requests.length]).to.deep.equal([1, 0]);
    await first.control.end();
    expect(await value(sql, call)).to.equal(2);
  });

  it('is separate for each realm; the realm is required if there are Callers for several', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql, database } = stage;
    const realm = 'x'.repeat(80);
    await using _other = await openLink(database, returns('2'), { realm: `${realm}2` });
    await using _third = await openLink(database, returns('3'), { realm: `${realm}3` });
    const of = (name: string) =>
      value(sql, 'SELECT crossbar.call($1, options => $2)', ['com.a', JSON.stringify({ realm: name })]);
    expect([await of('realm1'), await of(`${realm}2`), await of(`${realm}3`), await of('realm1')]).to.deep.equal([
      1, 2, 3, 1,
    ]);
    expect(await value(sql, 'SELECT cardinality(crossbar_dblink.dblink_get_connections())')).to.equal(3);
    const error = await errorOf(sql.query(call));
    expect(error).to.include({ code: '22023', message: 'there are Callers for several realms' });
    expect(error.hint).to.equal(`Name one of them in the option realm: 'realm1', '${realm}2', '${realm}3'.`);
    const several = await errorOf(sql.query(`SELECT crossbar.call_async('com.a')`));
    expect(several.message).to.equal('there are Callers for several realms');
  });

  it('passes on errors of the link, and remains usable', async () => {
    await using stage = await openCallStage(returns('1'), { maxMessageSize: 100_000 });
    const error = await errorOf(
      stage.sql.query(`SELECT crossbar.call('com.a', jsonb_build_array(repeat('x', 200000)))`),
    );
    expect(error.code).to.equal('54000');
    expect(error.hint).to.match(/max_message_size/);
    expect(await value(stage.sql, call)).to.equal(1);
    expect(stage.requests).to.have.length(1);
  });

  it('survives errors of calls, and rolled back transactions', async () => {
    await using stage = await openCallStage(fails('com.example.error'));
    for (let count = 0; count < 3; count += 1) {
      await stage.sql.query('BEGIN');
      await errorOf(stage.sql.query(call));
      await stage.sql.query('ROLLBACK');
    }
    expect(stage.link.connections).to.equal(1);
  });
});
