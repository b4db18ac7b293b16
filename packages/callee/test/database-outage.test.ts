import { sharedPostgres, startPostgres, startTcpProxy, type TcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo, errorOf } from './support/outcome.ts';

/** Milliseconds in which a loss is known, whatever PostgreSQL does. */
const known = 4000;

const nap = `CREATE FUNCTION nap(seconds float8) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(seconds)';
  ${register('com.example.nap', 'nap(float8)')}`;

/** The connection between a Callee and PostgreSQL, which tests can cut. */
async function proxy(): Promise<TcpProxy> {
  const { host, port } = await sharedPostgres();
  return startTcpProxy({ host, port });
}

describe('A Callee whose PostgreSQL is away', () => {
  it('keeps its registrations within the grace, answers immediately that it is unavailable, and catches up afterwards', async () => {
    await using way = await proxy();
    await using stage = await openCalleeStage(`${add2} ${nap}`, { extra: { through: way, grace: 60_000 } });
    const { callee, caller, sql } = stage;
    const { session } = callee.status();
    const inFlight = errorOf(caller.call('com.example.nap', [60]));
    await waitFor(() => callee.status().inFlight === 1, { what: 'a call in flight' });
    way.refuse();
    way.cut();
    expect((await withDeadline(inFlight, known, 'the call in flight to end')).error).to.equal('wamp.error.unavailable');
    await waitFor(() => callee.status().state === 'reconnecting', { what: 'the loss to be known', deadline: known });
    expect(callee.status().error).to.have.property('code', 'PGWAMP_DATABASE_LOST');
    expect(callee.status()).to.deep.include({ session, database: undefined, pool: { size: 0, busy: 0, waiting: 0 } });
    for (let calls = 0; calls < 3; calls += 1) {
      const answer = withDeadline(answerTo(caller.call('com.example.add2', [1, 2])), known, 'an answer');
      expect(await answer).to.equal('wamp.error.unavailable');
    }
    await sql.query(`SELECT crossbar.unregister('com.example.nap')`);
    await sql.query(register('com.example.new', 'add2(integer,integer)'));
    await way.resume();
    await waitFor(() => callee.status().state === 'running', { what: 'the Callee to run' });
    expect(callee.status()).to.deep.include({ session, error: undefined });
    expect(callee.status().reconnects).to.be.above(0);
    expect(await answerTo(caller.call('com.example.new', [1, 2]))).to.deep.equal([3]);
    expect(await answerTo(caller.call('com.example.nap', [0]))).to.equal('wamp.error.no_such_procedure');
    const shown = async () => (await sql.query('SELECT DISTINCT state FROM crossbar.registrations')).rows;
    await waitFor(async () => JSON.stringify(await shown()) === '[{"state":"registered"}]', { what: 'the states' });
  });

  it('withdraws them after the grace, so that another Callee takes over, and is refused them when its PostgreSQL is back', async () => {
    await using way = await proxy();
    await using stage = await openCalleeStage(add2, { extra: { through: way, grace: 100 } });
    const { callee, caller, database, router } = stage;
    await using healthy = await startCallee(calleeOptions(database, { type: 'memory', router }));
    expect(healthy.status().registrations.refused).to.equal(1);
    const { session } = callee.status();
    way.refuse();
    way.cut();
    await waitFor(() => healthy.status().registrations.registered === 1, { what: 'the healthy one to take over' });
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.deep.equal([3]);
    expect(callee.status()).to.deep.include({ session: undefined, database: undefined });
    await way.resume();
    await waitFor(() => callee.status().registrations.refused === 1, { what: 'the other to be back' });
    await healthy.stop();
    await waitFor(() => callee.status().registrations.registered === 1, { what: 'it to register again' });
    expect(callee.status().session?.id).not.to.equal(session?.id);
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.deep.equal([3]);
  });

  it('notices as well that PostgreSQL is silent: then calls in flight end', async () => {
    const heartbeat = { interval: 200, timeout: 1000 };
    await using way = await proxy();
    await using stage = await openCalleeStage(nap, { extra: { through: way, grace: 60_000, heartbeat } });
    const call = errorOf(stage.caller.call('com.example.nap', [60]));
    await waitFor(() => stage.callee.status().inFlight === 1, { what: 'a call in flight' });
    way.swallow();
    expect((await withDeadline(call, known, 'the call to end')).error).to.equal('wamp.error.unavailable');
    await way.resume();
    // It may cut a connection that is there already again.
    way.cut();
    const answer = () => answerTo(stage.caller.call('com.example.nap', [0]));
    await waitFor(async () => Array.isArray(await answer()), { what: 'the Callee to answer again' });
  });

  it('keeps its session also if PostgreSQL ends its control connection alone, at any moment', async () => {
    await using stage = await openCalleeStage(add2, { extra: { grace: 60_000 } });
    const { callee, caller, sql } = stage;
    const { session } = callee.status();
    for (let round = 1; round <= 5; round += 1) {
      // Registering has it busy at that moment.
      await sql.query(register(`com.example.round${round}`, 'add2(integer,integer)'));
      await sql.query('SELECT pg_terminate_backend($1)', [callee.status().database?.processId]);
      await waitFor(() => callee.status().reconnects === round, { what: 'the loss to be known' });
      await waitFor(() => callee.status().state === 'running', { what: 'the Callee to run' });
      expect(await answerTo(caller.call(`com.example.round${round}`, [1, 2]))).to.deep.equal([3]);
    }
    expect(callee.status()).to.deep.include({ session, reconnects: 5 });
  });

  it('can be stopped during the outage', async () => {
    await using way = await proxy();
    await using stage = await openCalleeStage(add2, { extra: { through: way, grace: 60_000 } });
    way.refuse();
    way.cut();
    await waitFor(() => stage.callee.status().state === 'reconnecting', { what: 'the loss to be known' });
    await withDeadline(stage.callee.stop(), known, 'it to stop');
    expect(stage.callee.status().state).to.equal('stopped');
    expect(await answerTo(stage.caller.call('com.example.add2', [1, 2]))).to.equal('wamp.error.no_such_procedure');
  });
});

describe('A call whose server process is gone', () => {
  const worker = `SELECT pid FROM pg_stat_activity WHERE application_name = 'pgwamp callee realm1 pool' AND state = 'active'
    AND datname = current_database()`;

  it('is unavailable if it was terminated, and the others continue', async () => {
    await using stage = await openCalleeStage(`${add2} ${nap}`);
    const call = errorOf(stage.caller.call('com.example.nap', [60]));
    const find = async () => (await stage.sql.query(worker)).rows[0]?.pid;
    const pid = await waitFor(find, { what: 'the call to run' });
    await stage.sql.query('SELECT pg_terminate_backend($1)', [pid]);
    expect((await call).error).to.equal('wamp.error.unavailable');
    expect(await answerTo(stage.caller.call('com.example.add2', [1, 2]))).to.deep.equal([3]);
    expect(stage.callee.status()).to.deep.include({ state: 'running', reconnects: 0 });
  });

  it('is unavailable if it was killed and PostgreSQL restarts, and the Callee continues', async function () {
    this.timeout(60_000);
    await using server = await startPostgres({ own: true });
    await using stage = await openCalleeStage(`${add2} ${nap}`, { server, extra: { grace: 60_000 } });
    const { session } = stage.callee.status();
    const call = errorOf(stage.caller.call('com.example.nap', [60]));
    const find = async () => (await stage.sql.query(worker)).rows[0]?.pid;
    process.kill(await waitFor(find, { what: 'the call to run' }), 'SIGKILL');
    expect((await call).error).to.equal('wamp.error.unavailable');
    const works = async () => Array.isArray(await answerTo(stage.caller.call('com.example.add2', [1, 2])));
    await waitFor(works, { what: 'the Callee to go on', deadline: 30_000 });
    // Calls are answered from the moment that the desk is there, and it says so a moment later.
    await waitFor(() => stage.callee.status().state === 'running', { what: 'the Callee to say so' });
    expect(stage.callee.status().session).to.deep.equal(session);
  });
});
