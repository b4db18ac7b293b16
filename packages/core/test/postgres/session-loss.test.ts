import { DatabaseLostError } from '@pgwamp/core';
import { sharedPostgres, startTcpProxy, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { PooledSession } from '../../src/postgres/index.ts';
import { abortion } from '../support/abort.ts';
import { backendsOf, terminate } from '../support/backends.ts';
import { databaseConfiguration, impatient } from '../support/database.ts';
import { answer, type SessionStage, sessionStage, transaction } from '../support/session-stage.ts';

async function openThrough(stage: SessionStage, heartbeat = impatient) {
  const proxy = await startTcpProxy(await sharedPostgres());
  const { host, port } = proxy;
  return { proxy, session: await stage.open({ host, port, heartbeat }) };
}

describe('PooledSession: loss', () => {
  it('is detected immediately when the server process is terminated, idle or working', async () => {
    await using stage = await sessionStage();
    const [idle, busy] = [await stage.open(), await stage.open()];
    const run = rejection(busy.run(transaction('SELECT pg_sleep(60)')));
    await terminate(stage.database, idle.processId, busy.processId);
    expect(await abortion(idle.lost)).to.be.instanceOf(DatabaseLostError);
    expect(await run).to.equal(busy.lost.reason);
    expect(busy.lost.reason.message).to.include('terminating connection due to administrator command');
    expect(await rejection(idle.run(transaction('SELECT 1')))).to.equal(idle.lost.reason);
    expect(await rejection(busy.ready())).to.equal(busy.lost.reason);
  });

  it('is distinguished from an error with the same SQLSTATE that a statement raises', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const raise = `DO $$ BEGIN RAISE 'no' USING ERRCODE = '57P01'; END $$`;
    expect(await rejection(session.run(transaction(raise)))).to.have.nested.property('cause.code', '57P01');
    expect(await answer(session, 'SELECT 1')).to.equal('1');
  });

  it('is detected by all waiting operations when the connection is cut', async () => {
    await using stage = await sessionStage();
    const { proxy, session } = await openThrough(stage);
    await using _ = proxy;
    const runs = ['SELECT pg_sleep(60)', 'SELECT 1'].map((text) => rejection(session.run(transaction(text))));
    const ready = rejection(session.ready());
    proxy.cut();
    for (const failure of [...runs, ready]) expect(await failure).to.be.instanceOf(DatabaseLostError);
  });

  it('is detected on a half-open connection after heartbeat.interval + heartbeat.timeout', async () => {
    await using stage = await sessionStage();
    const { proxy, session } = await openThrough(stage);
    await using _ = proxy;
    await answer(session, 'SELECT 1');
    proxy.swallow();
    const begin = performance.now();
    expect((await abortion(session.lost)).message).to.include('no answer within 300 ms');
    expect(performance.now() - begin).to.be.at.least(250);
  });

  it('is assumed if the statement of a half-open connection cannot be canceled', async () => {
    await using stage = await sessionStage();
    const { proxy, session } = await openThrough(stage);
    await using _ = proxy;
    const run = rejection(session.run(transaction('SELECT pg_sleep(60)')));
    proxy.swallow();
    await session.cancel();
    expect(await run).to.be.instanceOf(DatabaseLostError);
    expect(session.lost.reason.message).to.include('it cannot be cancelled');
  });

  it('is not assumed while a statement is running or the session is idle', async () => {
    await using stage = await sessionStage();
    const session = await stage.open({ heartbeat: { interval: 20, timeout: 1000 } });
    expect(await answer(session, 'SELECT pg_sleep(1.5)')).to.equal('');
    await stage.sql.query('SELECT pg_sleep(1.5)');
    expect(await answer(session, 'SELECT pg_backend_pid()')).to.equal(String(session.processId));
  });
});

describe('PooledSession: end', () => {
  it('waits for the running transaction, can be requested twice, and is not a loss', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const run = session.run(transaction('SELECT pg_sleep(0.05)', 'SELECT 1'));
    await Promise.all([session.close(), session.close()]);
    expect((await run)[1]).to.deep.equal([['1']]);
    expect(session.lost.aborted).to.equal(false);
    expect(await rejection(session.run(transaction('SELECT 1')))).to.be.instanceOf(DatabaseLostError);
    expect(await backendsOf(stage.database, 'session')).to.deep.equal([]);
  });

  it('is immediate after destroy()', async () => {
    await using stage = await sessionStage();
    const session = await stage.open();
    const run = rejection(session.run(transaction('SELECT pg_sleep(60)')));
    session.destroy();
    expect(await run).to.equal(session.lost.reason);
  });

  it('is not delayed by a half-open connection', async () => {
    await using stage = await sessionStage();
    const { proxy, session } = await openThrough(stage, { interval: 60_000, timeout: 300 });
    await using _ = proxy;
    proxy.swallow();
    expect(await withDeadline(session.close(), 10_000, 'the session to close')).to.equal(undefined);
  });

  it('rejects open() if PostgreSQL cannot be reached', async () => {
    await using proxy = await startTcpProxy(await sharedPostgres());
    proxy.refuse();
    const { host, port } = proxy;
    const configuration = databaseConfiguration({ host, port, user: 'crossbar', database: 'nothing' });
    expect(await rejection(PooledSession.open(configuration, { applicationName: 'session' }))).to.be.instanceOf(
      DatabaseLostError,
    );
  });
});
