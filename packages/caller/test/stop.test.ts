import { sharedPostgres, waitFor, withDeadline } from '@pgwamp/harness';
import { callerOptions, columnOf, openCallerStage, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { runSqlFile } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { endless, registerEndless } from './support/endless.ts';

const slow = `SELECT crossbar.call('com.example.slow')`;

describe('Caller.stop()', () => {
  it('answers running calls, refuses new ones, and leaves nothing behind', async () => {
    await using stage = await openCallerStage();
    const { caller, sql, database, router } = stage;
    const answer = Promise.withResolvers<number>();
    let called = 0;
    await stage.callee.register('com.example.slow', () => {
      called += 1;
      return answer.promise;
    });
    await using idle = await database.connect();
    const none = `SELECT crossbar.call('com.example.none')`;
    expect(await errorOf(idle.query(none))).to.include({ code: 'CB002' });
    const call = columnOf(sql, slow);
    await using other = await database.connect();
    await other.query(`SELECT crossbar.call_async('com.example.slow')`);
    await waitFor(() => called === 2, { what: 'both calls' });
    const stopped = caller.stop();
    await waitFor(async () => (await errorOf(idle.query(none))).code === '08001', { what: 'the link to be withdrawn' });
    answer.resolve(7);
    expect(await call).to.deep.equal(['7']);
    await stopped;
    expect(called).to.equal(2);
    expect(await columnOf(other, 'SELECT state FROM crossbar.calls')).to.deep.equal(['succeeded']);
    expect(caller.status()).to.deep.include({ state: 'stopped', inFlight: 0, reconnects: 0 });
    const own = `SELECT FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = current_database()`;
    await waitFor(async () => (await other.query(own)).rowCount === 0, { what: 'its sessions to end' });
    expect(await columnOf(other, 'SELECT count(*) FROM crossbar._link')).to.deep.equal(['0']);
    expect(router.stats().sessions).to.equal(1);
    expect((await errorOf(sql.query(slow))).code).to.equal('08001');
  });

  it('gives up running calls after its time limit', async () => {
    await using stage = await openCallerStage({ extra: { drain: 100 } });
    const state = await registerEndless(stage.callee);
    await using other = await stage.database.connect();
    await other.query(`SELECT crossbar.call_async('com.example.endless')`);
    const call = errorOf(stage.sql.query(endless));
    await waitFor(() => state.called === 2, { what: 'the calls' });
    await withDeadline(stage.caller.stop(), 2000, 'the end');
    expect(await call).to.include({ code: 'CB006' });
    await waitFor(() => state.interrupted === 2, { what: 'the INTERRUPTs' });
    expect(await columnOf(other, 'SELECT state FROM crossbar.calls')).to.deep.equal(['waiting']);
    expect(stage.caller.status()).to.deep.include({ state: 'stopped', inFlight: 0 });
  });

  it('can be called at any time, more than once, and before start() has ended; then it can start again', async () => {
    await using stage = await openCallerStage();
    const { caller, callee } = stage;
    await callee.register('com.example.slow', () => 1);
    await Promise.all([caller.stop(), caller.stop()]);
    await caller.stop();
    const started = caller.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    await caller.stop();
    expect(await started).to.include({ code: 'PGWAMP_STOPPED' });
    await caller.start();
    expect(await stage.one(slow)).to.equal('1');
  });
});

describe('Caller.status()', () => {
  it('shows the connections while it runs, and none afterwards', async () => {
    await using stage = await openCallerStage();
    const { caller, sql } = stage;
    const { rows } = await sql.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'pgwamp caller realm1' AND datname = current_database()`,
    );
    const { session, link, ...status } = caller.status();
    expect(session?.id).to.be.greaterThan(0);
    expect(link).to.include({ host: '127.0.0.1', connections: 0 });
    const nothing = {
      ...{ calls: 0, failed: 0, inFlight: 0 },
      async: { calls: 0, failed: 0, failedHandlers: 0, inFlight: 0 },
    };
    const running = { state: 'running', error: undefined, reconnects: 0, waitsFor: [] };
    expect(status).to.deep.equal({ ...running, database: { processId: rows[0].pid }, ...nothing });
    await caller.stop();
    const stopped = { ...running, state: 'stopped', database: undefined, session: undefined, link: undefined };
    expect(caller.status()).to.deep.equal({ ...stopped, ...nothing });
  });
});

describe('Caller.start()', () => {
  it('installs missing parts, and creates a new secret with every start', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await runSqlFile(database, 'setup.sql');
    await using router = createTestRouter();
    await using caller = await startCaller(callerOptions(database, { type: 'memory', router }));
    await using sql = await database.connect();
    const links = 'SELECT secret FROM crossbar._link';
    const [first] = await columnOf(sql, links);
    expect(first).to.match(/^[\w-]{40,}$/);
    await caller.stop();
    await caller.start();
    expect((await columnOf(sql, links))[0])
      .to.match(/^[\w-]{40,}$/)
      .and.not.equal(first);
  });

  it('fails if the schema is missing', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using router = createTestRouter();
    const started = startCaller(callerOptions(database, { type: 'memory', router }));
    const error = await withDeadline(started, 5000, 'the error').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'PGWAMP_SCHEMA_MISSING');
  });
});
