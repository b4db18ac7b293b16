import { QueueFullError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { LeveledPools, type PooledSession } from '../../src/postgres/index.ts';
import { backendsOf } from '../support/backends.ts';
import { installedDatabase } from '../support/database.ts';
import { answer } from '../support/session-stage.ts';

async function poolsStage(bounds: { size?: number; queue?: number; idle?: number } = {}) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await installedDatabase());
  const { size = 2, queue = 100, idle } = bounds;
  const pools = stack.use(new LeveledPools(database.crossbar, { applicationName: 'pools', size, queue }, idle));
  const all = stack.move();
  return { database, pools, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const processId = (session: PooledSession) => answer(session, 'SELECT pg_backend_pid()');

describe('LeveledPools: sessions for nested work', () => {
  it('give sessions to nested work while all sessions of the outer work wait for it', async () => {
    await using stage = await poolsStage();
    const calls = (depth: number) => async (session: PooledSession) => {
      if (depth < 2) await stage.pools.run(calls(depth + 1), depth + 1);
      return processId(session);
    };
    const outer = Array.from({ length: 8 }, () => stage.pools.run(calls(0), 0));
    await withDeadline(Promise.all(outer), 20_000, 'all calls to end');
    expect(stage.pools.stats).to.include({ waiting: 0 }).and.have.property('size').that.is.at.most(6);
  });

  it('have four times the size of one pool, and refuse deeper work instead of making it wait', async () => {
    await using stage = await poolsStage({ size: 1 });
    const seen = new Set<string | null>();
    const calls = (depth: number) => async (session: PooledSession) => {
      seen.add(await processId(session));
      await stage.pools.run(calls(depth + 1), depth + 1);
    };
    const endless = rejection(stage.pools.run(calls(0), 0));
    expect(await withDeadline(endless, 20_000, 'the refusal')).to.be.instanceOf(QueueFullError);
    expect(seen).to.have.property('size', 4);
    expect(await stage.pools.run(processId, 17), 'at any depth').to.be.oneOf([...seen]);
  });

  it('close idle sessions of nested work, and open others later', async () => {
    await using stage = await poolsStage({ idle: 100 });
    const [first, ...nested] = [
      await stage.pools.run(processId, 0),
      await stage.pools.run(processId, 1),
      await stage.pools.run(processId, 2),
    ];
    expect(new Set([first, ...nested]), 'each has its own').to.have.property('size', 3);
    await waitFor(async () => (await backendsOf(stage.database, 'pools')).length === 1, { what: 'two to be closed' });
    expect((await backendsOf(stage.database, 'pools')).map(String)).to.deep.equal([first]);
    await waitFor(() => stage.pools.stats.size === 1, { what: 'them to be forgotten' });
    expect(await stage.pools.run(processId, 1)).to.not.be.oneOf(nested);
  });

  it('keep the sessions of nested work in use', async () => {
    await using stage = await poolsStage({ idle: 600 });
    const begin = performance.now();
    const used = new Set<string | null>();
    while (performance.now() - begin < 2000) used.add(await stage.pools.run(processId, 1));
    expect(used).to.have.property('size').that.is.at.most(2);
  });

  it('close after all work has ended, including nested work that starts meanwhile', async () => {
    await using stage = await poolsStage();
    const begun = Promise.withResolvers<void>();
    const closing = Promise.withResolvers<void>();
    const outer = stage.pools.run(async () => {
      begun.resolve();
      await closing.promise;
      return stage.pools.run(processId, 1);
    }, 0);
    await begun.promise;
    const closed = stage.pools.close();
    closing.resolve();
    expect(await outer).to.match(/^\d+$/);
    await closed;
    expect(await backendsOf(stage.database, 'pools')).to.deep.equal([]);
  });
});
