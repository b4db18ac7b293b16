import { type Connection, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { fails, openCallStage, openLink, returns } from '../support/sql-caller.ts';
import { createSetUpDatabase, rows, value } from '../support/sql-database.ts';
import { errorOf } from '../support/sql-error.ts';
import { crossbarLogin } from '../support/sql-stage.ts';

const call = `SELECT crossbar.call('com.example.procedure')`;

/** Expects that a call is refused within a tenth of a second, as there is no Caller. */
async function expectUnavailable(sql: Connection, message: string, statement = call) {
  const begin = performance.now();
  const error = await errorOf(sql.query(statement));
  expect(performance.now() - begin).to.be.below(100);
  expect(error).to.include({
    code: '08001',
    message,
    hint: 'Start a Caller, or use crossbar.call_async, which waits for one.',
  });
  return error;
}

/** Writes a row for a link, as the session with this process id would. */
function advertise(sql: Connection, port: number, processId: unknown, realm = 'realm1') {
  return sql.query(
    `INSERT INTO crossbar.link (realm, host, port, secret, tls, process_id, backend_start)
     SELECT $1, '127.0.0.1', $2, 'secret', false, pid, backend_start FROM pg_stat_activity WHERE pid = $3`,
    [realm, port, processId],
  );
}

describe('the connection of a session to a Caller', () => {
  it('is not there where no Caller runs, or all of them are gone', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query("LOAD 'dblink'");
    await expectUnavailable(sql, 'no Caller is running');
    await expectUnavailable(
      sql,
      `no Caller is running for realm 'realm2'`,
      `SELECT crossbar.call('com.a', options => '{"realm": "realm2"}')`,
    );
    await expectUnavailable(sql, 'no Caller is running', `SELECT crossbar.call_stream('com.a')`);
    {
      await using _link = await openLink(database, returns('1'));
      expect(await value(sql, call)).to.equal(1);
    }
    await waitFor(
      async () => (await rows(sql, `SELECT FROM pg_stat_activity WHERE usename = 'crossbar'`)).length === 0,
      {
        what: 'the connection of the Caller to be gone',
      },
    );
    await expectUnavailable(sql, 'no Caller is running');
    expect(await rows(sql, 'SELECT FROM crossbar.link')).to.have.length(1);
  });

  it('is not there where a Caller lives and its link cannot be reached: the detail says why', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const { port } = database.config;
    await using control = await database.connect(crossbarLogin(database));
    await advertise(control, 1, await value(control, 'SELECT pg_backend_pid()'));
    await sql.query(`LOAD 'dblink'`);
    const error = await expectUnavailable(sql, 'no Caller can be reached');
    expect(error.detail)
      .to.match(/connection refused/i)
      .and.not.match(/secret/);
    await control.query('UPDATE crossbar.link SET port = $1', [port]);
    expect((await errorOf(sql.query(call))).detail).to.match(
      /database "realm1" does not exist|password authentication failed/,
    );
  });

  it('needs a secret that is fresh, however many are advertised', async () => {
    await using stage = await openCallStage(returns('1'));
    await stage.control.query(`UPDATE crossbar.link SET secret = 'a''b\\ c'`);
    const error = await errorOf(stage.sql.query(call));
    expect(error).to.include({ code: '08001', message: 'no Caller can be reached' });
    expect(error.detail).to.match(/password authentication failed/);
    expect(stage.requests).to.have.length(0);
  });

  it('is replaced before anything is sent when the Caller has closed it: one call for one execution', async () => {
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

  it('goes to another Caller within a transaction that has seen the first one alive', async () => {
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

  it('takes another Caller that lives when one does not answer', async () => {
    await using stage = await openCallStage(returns('1'));
    await using control = await stage.database.connect(crossbarLogin(stage.database));
    await advertise(control, 1, await value(control, 'SELECT pg_backend_pid()'));
    for (let session = 0; session < 5; session += 1) {
      await using sql = await stage.database.connect();
      expect(await value(sql, call)).to.equal(1);
    }
    expect(stage.requests).to.have.length(5);
  });

  it('that is lost after a call was sent is an error, and the call is not repeated', async () => {
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

  it('is one for each realm that is named; one must be, where there are Callers for several', async () => {
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

  it('says what the link refuses, and goes on', async () => {
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

  it('needs dblink, in a schema of its own; crossbar.call_async does not', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const setup = 'Run section 3 of sql/setup.sql, or use crossbar.call_async, which needs no dblink.';
    const move = 'ALTER EXTENSION dblink SET SCHEMA crossbar_dblink;';
    for (const [change, hint] of [
      ['REVOKE USAGE ON SCHEMA crossbar_dblink FROM crossbar', setup],
      ['ALTER EXTENSION dblink SET SCHEMA public', move],
      ['DROP SCHEMA crossbar_dblink CASCADE', move],
      ['DROP EXTENSION dblink', setup],
    ] as const) {
      await sql.query(change);
      for (const name of ['call', 'call_stream']) {
        const error = await errorOf(sql.query(`SELECT crossbar.${name}('com.a')`));
        expect(error, change).to.include({ code: '0A000', hint });
      }
      expect(await value(sql, `SELECT crossbar.call_async('com.a') > 0`)).to.equal(true);
    }
  });
});
