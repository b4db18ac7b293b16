import { startTcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import {
  type CallerStage,
  callerOptions,
  columnOf,
  openCallerStage,
  startCaller,
} from '@pgwamp/harness/fixtures/caller-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { startCallerProcess } from './support/caller-process.ts';
import { endless, registerEndless } from './support/endless.ts';

const two = `SELECT crossbar.call('com.example.two')`;

/** Stops the Caller of a stage, so that the test starts others. */
async function withoutCaller(): Promise<CallerStage> {
  const stage = await openCallerStage();
  await stage.caller.stop();
  await stage.callee.register('com.example.two', () => 2);
  return stage;
}

describe('Without a Caller, crossbar.call', () => {
  it('fails, and works again as soon as one runs', async () => {
    await using stage = await withoutCaller();
    for (let round = 0; round < 3; round += 1) {
      const error = await errorOf(stage.sql.query(two));
      expect(error).to.include({ code: '08001' });
      expect(error.hint).to.match(/Caller/);
      await stage.caller.start();
      expect(await stage.one(two)).to.equal('2');
      await stage.caller.stop();
    }
  });
});

describe('A Caller whose router goes away', () => {
  it('fails the sent calls, stops serving, and serves again with the next router', async () => {
    await using stage = await withoutCaller();
    const { sql, database } = stage;
    const first = createTestRouter();
    const { url } = await first.listen();
    await using caller = await startCaller(callerOptions(database, { type: 'websocket', url }));
    const state = await registerEndless(await join(first));
    const lost = errorOf(sql.query(endless));
    await waitFor(() => state.called === 1, { what: 'the call' });
    await first.close();
    const error = await withDeadline(lost, 2000, 'the loss to be told');
    expect(error).to.include({ code: 'CB006' });
    await waitFor(() => caller.status().state === 'reconnecting', { what: 'the loss to be known' });
    expect(caller.status()).to.deep.include({ session: undefined, database: undefined, link: undefined, inFlight: 0 });
    expect(await errorOf(sql.query(two))).to.include({ code: '08001' });
    await using second = createTestRouter();
    await second.listen({ port: Number(new URL(url).port) });
    await using callee = await join(second);
    await callee.register('com.example.two', () => 2);
    await waitFor(() => caller.status().state === 'running', { what: 'the Caller to run' });
    expect(await stage.one(two)).to.equal('2');
    expect(caller.status().reconnects).to.be.greaterThan(0);
  });
});

describe('A Caller that loses PostgreSQL', () => {
  it('fails running calls, and advertises itself again', async () => {
    await using stage = await withoutCaller();
    const { sql, database, router } = stage;
    await using proxy = await startTcpProxy({ host: database.config.host, port: database.config.port });
    const options = callerOptions(database, { type: 'memory', router }, { through: proxy });
    await using caller = await startCaller(options);
    const state = await registerEndless(stage.callee);
    const lost = errorOf(sql.query(endless));
    await waitFor(() => state.called === 1, { what: 'the call' });
    proxy.refuse();
    proxy.cut();
    expect(await withDeadline(lost, 2000, 'the loss to be told')).to.include({ code: 'CB006' });
    await waitFor(() => state.interrupted === 1, { what: 'the INTERRUPT' });
    await waitFor(async () => (await errorOf(sql.query(two))).code === '08001', { what: 'the link to be gone' });
    await waitFor(() => caller.status().state === 'reconnecting', { what: 'the Caller to notice' });
    await proxy.resume();
    await waitFor(() => caller.status().state === 'running', { what: 'the Caller to run' });
    expect(await stage.one(two)).to.equal('2');
    expect(await stage.one('SELECT count(*) FROM crossbar._link')).to.equal('1');
  });
});

describe('A Caller that is killed', () => {
  it('fails running calls without a retry, and is replaced by another Caller', async () => {
    await using stage = await withoutCaller();
    const { sql, database, router } = stage;
    const { url } = await router.listen();
    await using process = await startCallerProcess(callerOptions(database, { type: 'websocket', url }));
    const state = await registerEndless(stage.callee);
    expect(await stage.one(two)).to.equal('2');
    await using idle = await database.connect();
    expect(await columnOf(idle, two)).to.deep.equal(['2']);
    const lost = errorOf(sql.query(endless));
    await waitFor(() => state.called === 1, { what: 'the call' });
    process.kill('SIGKILL');
    expect(await withDeadline(lost, 2000, 'the loss to be told')).to.include({ code: 'CB006' });
    await waitFor(() => state.interrupted === 1, { what: 'the INTERRUPT' });
    await waitFor(async () => (await errorOf(sql.query(two))).code === '08001', { what: 'its link to count as dead' });
    await stage.caller.start();
    for (const session of [sql, idle]) expect(await columnOf(session, two)).to.deep.equal(['2']);
    expect(state.called).to.equal(1);
    expect(await stage.one('SELECT count(*) FROM crossbar._link')).to.equal('1');
  });
});

describe('Two Callers of one realm', () => {
  it('share the backends, and each takes over from the other', async () => {
    await using stage = await withoutCaller();
    const { database, router, caller, callee } = stage;
    let calls = 0;
    await callee.register('com.example.next', () => {
      calls += 1;
      return calls;
    });
    await using other = await startCaller(callerOptions(database, { type: 'memory', router }));
    await caller.start();
    await using sessions = new AsyncDisposableStack();
    const backends = await Promise.all(Array.from({ length: 20 }, () => database.connect()));
    for (const backend of backends) sessions.use(backend);
    const callAll = () =>
      Promise.all(backends.map((backend) => backend.query(`SELECT crossbar.call('com.example.next')`)));
    await callAll();
    expect(caller.status().calls).to.be.greaterThan(0);
    expect(other.status().calls).to.be.greaterThan(0);
    expect(caller.status().calls + other.status().calls).to.equal(20);
    await caller.stop();
    await callAll();
    await caller.start();
    await other.stop();
    await callAll();
    expect(calls).to.equal(60);
    expect(caller.status().failed + other.status().failed).to.equal(0);
  });

  it('hand over to each other when they stop, and every call is made once, for any load of the backends', async () => {
    await using stage = await withoutCaller();
    const { database, router, caller, callee } = stage;
    let calls = 0;
    await callee.register('com.example.next', () => {
      calls += 1;
      return calls;
    });
    await caller.start();
    let done = false;
    const callOn = async () => {
      await using sql = await database.connect();
      let made = 0;
      for (; !done; made += 50) {
        await sql.query(`SELECT crossbar.call('com.example.next') FROM generate_series(1, 50)`);
      }
      return made;
    };
    const made = Promise.all(Array.from({ length: 4 }, callOn));
    try {
      for (let round = 0; round < 3; round += 1) {
        await using other = await startCaller(callerOptions(database, { type: 'memory', router }));
        await caller.stop();
        await waitFor(() => other.status().calls > 100, { what: 'the other one to be at work' });
        await caller.start();
      }
    } finally {
      done = true;
    }
    expect((await made).reduce((sum, each) => sum + each)).to.equal(calls);
  });
});
