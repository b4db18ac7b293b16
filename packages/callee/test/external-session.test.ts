import { waitFor } from '@pgwamp/harness';
import { joinAsApplication } from '@pgwamp/harness/fixtures/application-session';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo, errorOf } from './support/outcome.ts';

describe('A Callee that is given the AutobahnJS session of an application', () => {
  it('registers in it, answers with results, rows and errors, and withdraws its registrations, while the session stays open', async () => {
    await using stage = await openCalleeStage(`${add2}
      CREATE FUNCTION numbers() RETURNS SETOF integer LANGUAGE sql AS 'SELECT generate_series(1, 3)';
      ${register('com.example.numbers', 'numbers()')}`);
    const { database, router, caller } = stage;
    await stage.callee.stop();
    const { url } = await router.listen();
    await using application = await joinAsApplication(url);
    const { session } = application;
    await using callee = await startCallee(calleeOptions(database, { type: 'session', session }));
    expect(callee.status()).to.deep.include({ session: { id: session.id } });
    expect(await answerTo(caller.call('com.example.add2', [], { a: 1, b: 2 }))).to.deep.equal([3]);
    expect((await errorOf(caller.call('com.example.add2', ['x', 2]))).error).to.equal('wamp.error.invalid_argument');
    const rows: unknown[] = [];
    await caller.call('com.example.numbers', [], {}, { onProgress: ({ args }) => rows.push(args) });
    expect(rows).to.deep.equal([[1], [2], [3]]);
    await callee.stop();
    expect(session.isOpen).to.equal(true);
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.equal('wamp.error.no_such_procedure');
  });

  it('notices that the session was closed', async () => {
    await using stage = await openCalleeStage(add2);
    await stage.callee.stop();
    const { url } = await stage.router.listen();
    await using application = await joinAsApplication(url);
    const options = calleeOptions(stage.database, { type: 'session', session: application.session });
    await using callee = await startCallee(options);
    await application.close();
    await waitFor(() => callee.status().state === 'reconnecting', { what: 'the end of the session to be noticed' });
    expect(callee.status().error).to.have.property('code', 'PGWAMP_SESSION_LOST');
  });
});
