import { SessionLostError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { PayloadText } from '../../src/wamp/index.ts';
import { joinMemory } from '../support/join.ts';
import { startRealRouter } from '../support/real-router.ts';

const procedures = Array.from({ length: 1000 }, (_, index) => `com.example.procedure${index}`);
const topics = Array.from({ length: 10_000 }, (_, index) => `com.example.topic${index}.of`);

describe('WAMP session: 1,000 registrations and 10,000 subscriptions', () => {
  for (const kind of ['WebSocket', 'memory'] as const) {
    it(`are made and ended at the same time, by ${kind}`, async () => {
      await using router = await startRealRouter();
      await using session = kind === 'memory' ? await joinMemory(router.router) : await router.join();
      const begin = process.cpuUsage();
      const ends = await Promise.all([
        ...procedures.map((procedure) => session.register(procedure, () => procedure)),
        ...topics.map((topic, index) =>
          session.subscribe(topic, () => undefined, { match: index % 2 ? 'prefix' : 'exact' }),
        ),
      ]);
      const { user, system } = process.cpuUsage(begin);
      // Of the processor, router included: others may be at work on this machine.
      expect((user + system) / 1000).to.be.below(2000);
      expect(router.router.stats()).to.include({ registrations: 1000, subscriptions: 10_000 });
      expect((await session.call('com.example.procedure777')).args).to.deep.equal(['com.example.procedure777']);
      await Promise.all(ends.map((end) => end()));
      expect(router.router.stats()).to.include({ registrations: 0, subscriptions: 0 });
    });
  }
});

describe('WAMP session: 5,000 pending calls', () => {
  const waiting = 5000;

  it('each receive their own answer, for any order of the answers', async () => {
    await using router = await startRealRouter();
    await using session = await joinMemory(router.router);
    const answers = new Map<number, () => void>();
    const all = Promise.withResolvers<void>();
    await session.register('com.example.slow', async ([index]) => {
      await new Promise<void>((resolve) => {
        answers.set(index as number, resolve);
        if (answers.size === waiting) all.resolve();
      });
      return index;
    });
    const calls = Array.from({ length: waiting }, (_, index) => {
      const payload = new PayloadText(`[${index}]`);
      return index % 2 === 0
        ? session.call('com.example.slow', [index]).then(({ args }) => args)
        : session.startCall('com.example.slow', payload).result.then(({ args }) => JSON.parse(args));
    });
    await all.promise;
    const order = Array.from({ length: waiting }, (_, index) => (index * 1777) % waiting);
    for (const index of order) answers.get(index)?.();
    expect(await Promise.all(calls)).to.deep.equal(calls.map((_, index) => [index]));
    expect(await session.publish('com.example.topic', [], {}, { acknowledge: true })).to.be.a('number');
  });

  it('fail when the session is lost', async () => {
    await using router = await startRealRouter();
    await using session = await joinMemory(router.router);
    await session.register('com.example.never', () => new Promise(() => undefined));
    const calls = Array.from({ length: waiting }, () => rejection(session.call('com.example.never')));
    await router.router.close();
    for (const error of await Promise.all(calls)) expect(error).to.be.instanceOf(SessionLostError);
  });
});
