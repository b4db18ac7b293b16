import { type Connection, waitFor } from '@pgwamp/harness';
import { advertise, openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { createSetUpDatabase, rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const call = `SELECT crossbar.call('com.example.procedure')`;

const hints = {
  reconnecting: 'The Caller is reconnecting: check the router, or use crossbar.call_async, which waits for it.',
  start: 'Start a Caller, or use crossbar.call_async, which waits for one.',
  reach:
    "Let the database reach the address of the Caller's link (its option extra.link). If it may open no connections, as with some managed databases, use crossbar.call_async, which needs none.",
};

/** Expects that a call is refused, as there is no Caller. */
async function expectUnavailable(sql: Connection, message: string, statement = call, hint = hints.start) {
  const error = await errorOf(sql.query(statement));
  expect(error).to.include({ code: '08001', message, hint });
  return error;
}

describe('Session without a connection to a Caller', () => {
  it('fails immediately if no Caller runs, or all of them have ended', async () => {
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
      async () =>
        (await rows(sql, `SELECT FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = current_database()`))
          .length === 0,
      {
        what: 'the connection of the Caller to be gone',
      },
    );
    await expectUnavailable(sql, 'no Caller is running');
    expect(await rows(sql, 'SELECT FROM crossbar._link')).to.have.length(1);
  });

  it('fails while the Caller has no session with its router', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query("LOAD 'dblink'");
    await using caller = await database.connect(crossbarLogin(database));
    await caller.query(`SET application_name = 'pgwamp caller realm1'`);
    await expectUnavailable(sql, 'the Caller has no session with its router', call, hints.reconnecting);
    const named = (realm: string) => `SELECT crossbar.call('com.a', options => '{"realm": "${realm}"}')`;
    const message = `the Caller has no session with its router for realm 'realm1'`;
    await expectUnavailable(sql, message, named('realm1'), hints.reconnecting);
    await expectUnavailable(sql, `no Caller is running for realm 'realm'`, named('realm'));
  });

  it('fails if the link of a running Caller is unreachable, with the reason as DETAIL; crossbar.call_async works', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const { port } = database.config;
    await using control = await database.connect(crossbarLogin(database));
    await advertise(control, { port: 1 });
    await sql.query(`LOAD 'dblink'`);
    const error = await expectUnavailable(sql, 'no Caller can be reached', call, hints.reach);
    expect(await value(sql, `SELECT crossbar.call_async('com.a') > 0`)).to.equal(true);
    expect(error.detail)
      .to.match(/connection refused/i)
      .and.not.match(/secret/);
    await control.query('UPDATE crossbar._link SET port = $1', [port]);
    expect((await errorOf(sql.query(call))).detail).to.match(
      /database "realm1" does not exist|password authentication failed/,
    );
  });

  it('fails without dblink in its own schema, with the remedy as HINT; crossbar.call_async works', async () => {
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
