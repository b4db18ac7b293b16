import { getEventListeners } from 'node:events';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError, QueueFullError } from '@pgwamp/core';
import { sharedPostgres, startTcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type PooledSession, SessionPool } from '../../src/postgres/index.ts';
import { backendsOf, terminate } from '../support/backends.ts';
import { impatient, installedDatabase } from '../support/database.ts';
import { answer } from '../support/session-stage.ts';

async function poolStage(bounds: { size?: number; queue?: number; through?: Partial<DatabaseConfiguration> } = {}) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await installedDatabase());
  const { size = 4, queue = 100, through = {} } = bounds;
  const configuration = { ...database.crossbar, ...through } as DatabaseConfiguration;
  const pool = stack.use(new SessionPool(configuration, { applicationName: 'pool', size, queue }));
  const all = stack.move();
  return { database, pool, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function sleep(seconds: number) {
  return (session: PooledSession) => answer(session, `SELECT ${seconds} FROM pg_sleep(${seconds})`);
}

/** Occupies a session until it is released. */
async function occupy(pool: SessionPool) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<PooledSession>();
  const done = pool.run((session) => {
    begun.resolve(session);
    return promise;
  });
  await Promise.race([begun.promise, done]);
  return { letGo: resolve, done };
}

const processId = (session: PooledSession) => answer(session, 'SELECT pg_backend_pid()');

describe('SessionPool', () => {
  it('opens sessions on demand, up to its size, and reuses them', async () => {
    await using stage = await poolStage({ size: 3 });
    expect(stage.pool.stats).to.deep.equal({ size: 0, busy: 0, waiting: 0 });
    const first = await stage.pool.run(processId);
    expect(await stage.pool.run(processId)).to.equal(first);
    const occupied = [await occupy(stage.pool), await occupy(stage.pool), await occupy(stage.pool)];
    const waiting = stage.pool.run(processId);
    expect(stage.pool.stats).to.deep.equal({ size: 3, busy: 3, waiting: 1 });
    for (const { letGo } of occupied) letGo();
    const backends = await backendsOf(stage.database, 'pool');
    expect(backends.map(String))
      .to.have.length(3)
      .and.include.members([first, await waiting]);
  });

  it('serves operations in order, and gives each session to one at a time', async () => {
    await using stage = await poolStage({ size: 2 });
    const [begun, running]: [number[], Set<PooledSession>] = [[], new Set()];
    const work = (n: number) => async (session: PooledSession) => {
      expect(running.has(session)).to.equal(false);
      running.add(session);
      begun.push(n);
      const result = await answer(session, 'SELECT $1::int', String(n));
      running.delete(session);
      return result;
    };
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    const results = await Promise.all(numbers.map((n) => stage.pool.run(work(n))));
    expect(results).to.deep.equal(numbers.map(String));
    expect(begun).to.deep.equal(numbers);
  });

  it('does not delay fast statements behind a slow one while sessions are free', async () => {
    await using stage = await poolStage({ size: 2 });
    let slowIsDone = false;
    const slow = stage.pool.run(sleep(2)).then(() => {
      slowIsDone = true;
    });
    for (let n = 0; n < 50; n += 1) await stage.pool.run(processId);
    expect(slowIsDone).to.equal(false);
    await slow;
  });

  it('reuses a session after a failed operation', async () => {
    await using stage = await poolStage({ size: 1 });
    const failing = rejection(stage.pool.run((session) => answer(session, 'SELECT 1 / 0')));
    const thrown = rejection(stage.pool.run(() => Promise.reject(new Error('mine'))));
    expect(await failing).to.have.nested.property('cause.code', '22012');
    expect((await thrown).message).to.equal('mine');
    expect(await stage.pool.run((session) => answer(session, 'SELECT 1'))).to.equal('1');
  });

  it('refuses an operation immediately if too many wait', async () => {
    await using stage = await poolStage({ size: 1, queue: 2 });
    const { letGo, done } = await occupy(stage.pool);
    const waiting = [stage.pool.run(processId), stage.pool.run(processId)];
    const refused = await rejection(stage.pool.run(processId));
    expect(refused).to.be.instanceOf(QueueFullError);
    expect(refused.message).to.include('the queue is full (2 waiting)');
    expect(stage.pool.stats).to.deep.equal({ size: 1, busy: 1, waiting: 2 });
    letGo();
    await Promise.all([done, ...waiting]);
    expect(stage.pool.stats.waiting).to.equal(0);
  });

  it('lets operations wait for a session that is being opened, even with no queue', async () => {
    await using stage = await poolStage({ size: 2, queue: 0 });
    await Promise.all([stage.pool.run(processId), stage.pool.run(processId)]);
    await waitFor(() => stage.pool.stats.busy === 0, { what: 'the sessions to be free' });
    const busy = [await occupy(stage.pool), await occupy(stage.pool)];
    expect(await rejection(stage.pool.run(processId))).to.be.instanceOf(QueueFullError);
    for (const { letGo } of busy) letGo();
  });

  it('lets operations wait for a session that is being reset', async () => {
    await using stage = await poolStage({ size: 1, queue: 0 });
    for (let n = 0; n < 20; n += 1) expect(await stage.pool.run(processId)).to.match(/^\d+$/);
  });

  it('ends a wait when its signal aborts, and releases its listeners', async () => {
    await using stage = await poolStage({ size: 1 });
    const { letGo, done } = await occupy(stage.pool);
    const controller = new AbortController();
    const given = rejection(stage.pool.run(processId, controller.signal));
    const next = stage.pool.run(processId, new AbortController().signal);
    controller.abort(new Error('never mind'));
    expect((await given).message).to.equal('never mind');
    expect(getEventListeners(controller.signal, 'abort')).to.have.length(0);
    expect((await rejection(stage.pool.run(processId, controller.signal))).message).to.equal('never mind');
    letGo();
    await Promise.all([done, next]);
  });
});

describe('SessionPool: lost connections', () => {
  it('replaces them, idle or busy', async () => {
    await using stage = await poolStage({ size: 2 });
    const { letGo, done } = await occupy(stage.pool);
    await stage.pool.run(processId);
    letGo();
    await done;
    const run = rejection(stage.pool.run(sleep(60)));
    const waiting = [stage.pool.run(processId), stage.pool.run(processId)];
    await terminate(stage.database, ...(await backendsOf(stage.database, 'pool')));
    expect(await run).to.be.instanceOf(DatabaseLostError);
    await Promise.allSettled(waiting);
    // The end of an idle session is noticed when it arrives, which may be during the next operation.
    expect(await waitFor(() => stage.pool.run(processId), { what: 'a session in their place' })).to.match(/^\d+$/);
    expect(stage.pool.stats.size).to.be.within(1, 2);
  });

  it('fails all waiting operations immediately while PostgreSQL is away, and works again when it is back', async () => {
    await using proxy = await startTcpProxy(await sharedPostgres());
    await using stage = await poolStage({ size: 2, through: { host: proxy.host, port: proxy.port } });
    const runs = Array.from({ length: 10 }, () => rejection(stage.pool.run(sleep(60))));
    await waitFor(() => stage.pool.stats.size === 2, { what: 'both sessions to be open' });
    proxy.refuse();
    proxy.cut();
    for (const failure of await withDeadline(Promise.all(runs), 3000, 'all runs to fail')) {
      expect(failure).to.be.instanceOf(DatabaseLostError);
    }
    expect(await rejection(stage.pool.run(processId))).to.be.instanceOf(DatabaseLostError);
    expect(stage.pool.stats).to.deep.equal({ size: 0, busy: 0, waiting: 0 });
    await proxy.resume();
    expect(await stage.pool.run(processId)).to.match(/^\d+$/);
  });

  it('closes idle half-open connections by itself', async () => {
    await using proxy = await startTcpProxy(await sharedPostgres());
    await using stage = await poolStage({
      size: 2,
      through: { host: proxy.host, port: proxy.port, heartbeat: impatient },
    });
    await Promise.all([stage.pool.run(processId), stage.pool.run(processId)]);
    await waitFor(() => stage.pool.stats.size === 2, { what: 'both sessions to be open' });
    proxy.swallow();
    await waitFor(() => stage.pool.stats.size === 0, { what: 'the sessions to be given up' });
    await proxy.resume();
    expect(await stage.pool.run(processId)).to.match(/^\d+$/);
  });
});

describe('SessionPool: end', () => {
  it('waits for all requested operations', async () => {
    await using stage = await poolStage({ size: 2 });
    const runs = Array.from({ length: 10 }, () => stage.pool.run(sleep(0.01)));
    const closed = stage.pool.close();
    expect(await rejection(stage.pool.run(processId))).to.be.instanceOf(DatabaseLostError);
    await Promise.all([closed, stage.pool.close()]);
    expect(await Promise.all(runs)).to.deep.equal(runs.map(() => '0.01'));
    expect(await backendsOf(stage.database, 'pool')).to.deep.equal([]);
  });

  it('is immediate after destroy(), for running and waiting operations', async () => {
    await using stage = await poolStage({ size: 2 });
    await stage.pool.run(processId);
    const runs = Array.from({ length: 5 }, () => rejection(stage.pool.run(sleep(60))));
    stage.pool.destroy();
    for (const failure of await Promise.all(runs)) expect(failure).to.be.instanceOf(DatabaseLostError);
    await stage.pool.close();
  });
});
