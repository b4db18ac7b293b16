import { sharedPostgres, waitFor, withDeadline } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { runSqlFile } from '@pgwamp/harness/fixtures/sql-database';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

describe('Callee.stop()', () => {
  it('answers calls in flight, also those that wait for a connection, and leaves nothing behind', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION nap(number integer) RETURNS integer LANGUAGE sql AS 'SELECT number FROM pg_sleep(0.2)';
       ${register('com.example.nap', 'nap(integer)')}`,
      { extra: { pool: { size: 2 } } },
    );
    const { callee, caller, router, sql } = stage;
    const calls = [1, 2, 3, 4, 5].map((number) => answerTo(caller.call('com.example.nap', [number])));
    await waitFor(() => callee.status().inFlight === 5, { what: 'all calls to be in flight' });
    await callee.stop();
    expect(await Promise.all(calls)).to.deep.equal([[1], [2], [3], [4], [5]]);
    expect(await answerTo(caller.call('com.example.nap', [6]))).to.equal('wamp.error.no_such_procedure');
    expect(callee.status()).to.deep.include({ state: 'stopped', calls: 5, failed: 0, inFlight: 0, reconnects: 0 });
    const own = `SELECT FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = current_database()`;
    await waitFor(async () => (await sql.query(own)).rowCount === 0, { what: 'its sessions to end' });
    expect(router.stats().sessions).to.equal(1);
    const { rows } = await sql.query('SELECT state, calls FROM crossbar.registrations');
    expect(rows).to.deep.equal([{ state: 'waiting', calls: '5' }]);
  });

  it('can be called at any time, more than once, and before start() has ended; then it can start again', async () => {
    await using stage = await openCalleeStage(add2);
    const { callee, caller } = stage;
    await Promise.all([callee.stop(), callee.stop()]);
    await callee.stop();
    const started = callee.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    await callee.stop();
    expect(await started).to.include({ code: 'PGWAMP_STOPPED' });
    await callee.start();
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.deep.equal([3]);
  });
});

describe('Callee.status()', () => {
  it('shows the connections while it runs, and none afterwards', async () => {
    await using stage = await openCalleeStage(add2);
    const { callee, sql } = stage;
    const { rows } = await sql.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'pgwamp callee realm1' AND datname = current_database()`,
    );
    const { session, ...status } = callee.status();
    expect(session?.id).to.be.greaterThan(0);
    const nothing = { calls: 0, failed: 0, inFlight: 0, procedures: [], pool: { size: 0, busy: 0, waiting: 0 } };
    expect(status).to.deep.equal({
      state: 'running',
      error: undefined,
      reconnects: 0,
      waitsFor: [],
      database: { processId: rows[0].pid },
      registrations: { registered: 1, refused: 0, unusable: 0 },
      ...nothing,
    });
    await callee.stop();
    expect(callee.status()).to.deep.equal({
      state: 'stopped',
      error: undefined,
      reconnects: 0,
      waitsFor: [],
      database: undefined,
      session: undefined,
      registrations: { registered: 0, refused: 0, unusable: 0 },
      ...nothing,
    });
  });
});

describe('Callee.start()', () => {
  it('installs missing parts, creates no realm and no slot, and keeps the delivery in force', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await runSqlFile(database, 'setup.sql');
    await using router = createTestRouter();
    await using callee = await startCallee(calleeOptions(database, { type: 'memory', router }));
    await using sql = await database.connect();
    const made = `SELECT (SELECT count(*) FROM crossbar.realm) + (SELECT count(*) FROM crossbar._delivery) +
      (SELECT count(*) FROM pg_replication_slots WHERE database = current_database()) AS made`;
    expect((await sql.query(made)).rows).to.deep.equal([{ made: '0' }]);
    await sql.query(`SELECT crossbar.publish('com.example.nobody.hears'); ${add2}`);
    await waitFor(() => callee.status().registrations.registered === 1, { what: 'the registration' });
    await callee.stop();
    await sql.query(`INSERT INTO crossbar._delivery (mode) VALUES ('outbox')`);
    await callee.start();
    const { rows } = await sql.query(`SELECT name FROM crossbar._function_file WHERE name LIKE '_emit.%'`);
    expect(rows).to.deep.equal([{ name: '_emit.outbox.sql' }]);
  });

  it('fails if the schema is missing', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using router = createTestRouter();
    const started = startCallee(calleeOptions(database, { type: 'memory', router }));
    const error = await withDeadline(started, 5000, 'the error').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'PGWAMP_SCHEMA_MISSING');
  });
});
