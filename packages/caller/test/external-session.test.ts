import { WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { joinAsApplication } from '@pgwamp/harness/fixtures/application-session';
import { callerOptions, openCallerStage, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';
import { endless, registerEndless } from './support/endless.ts';

describe('A Caller that is given the AutobahnJS session of an application', () => {
  it('calls in it: results, rows, errors and cancellation; then the session stays', async () => {
    await using stage = await openCallerStage();
    const { database, router, callee, sql } = stage;
    await stage.caller.stop();
    const { url } = await router.listen();
    await using application = await joinAsApplication(url);
    const { session } = application;
    await using caller = await startCaller(callerOptions(database, { type: 'session', session }));
    expect(caller.status()).to.deep.include({ session: { id: session.id } });
    await callee.register('com.example.give', (args, kwargs) => ({ args, kwargs }));
    await callee.register('com.example.fail', () => {
      throw new WampError('com.example.error.empty', ['no milk'], { left: 0 });
    });
    await callee.register('com.example.rows', async (_args, _kwargs, { progress }) => {
      for (const number of [1, 2]) await progress?.([number]);
    });
    const give = (args: string, kwargs = '{}') =>
      stage.one(`SELECT crossbar.call('com.example.give', '${args}', '${kwargs}')`);
    expect(await give('[]')).to.equal(null);
    expect(await give('[{"a": [1]}]')).to.equal('{"a": [1]}');
    expect(await give('[1, 2]', '{"a": 3}')).to.equal('{"args": [1, 2], "kwargs": {"a": 3}}');
    expect(await stage.column(`SELECT crossbar.call_stream('com.example.rows')`)).to.deep.equal(['1', '2']);
    const error = await errorOf(sql.query(`SELECT crossbar.call('com.example.fail')`));
    expect(error).to.include({ code: 'CB001', message: 'com.example.error.empty: no milk' });
    const state = await registerEndless(callee);
    await sql.query('SET statement_timeout = 100');
    expect(await errorOf(sql.query(endless))).to.include({ code: '57014' });
    await waitFor(() => state.interrupted === 1, { what: 'the INTERRUPT' });
    await caller.stop();
    expect(session.isOpen).to.equal(true);
  });

  it('notices that the session was closed', async () => {
    await using stage = await openCallerStage();
    await stage.caller.stop();
    const { url } = await stage.router.listen();
    await using application = await joinAsApplication(url);
    const options = callerOptions(stage.database, { type: 'session', session: application.session });
    await using caller = await startCaller(options);
    const state = await registerEndless(stage.callee);
    const lost = errorOf(stage.sql.query(endless));
    await waitFor(() => state.called === 1, { what: 'the call' });
    await application.close();
    expect(await lost).to.include({ code: 'CB006' });
    await waitFor(() => caller.status().state === 'reconnecting', { what: 'the end of the session to be noticed' });
    expect(caller.status().error).to.have.property('code', 'PGWAMP_SESSION_LOST');
  });
});
