import { expect } from 'chai';
import { joinMemory } from '../support/join.ts';
import { startRealRouter } from '../support/real-router.ts';

const procedures = Array.from({ length: 1000 }, (_, index) => `com.example.procedure${index}`);
const topics = Array.from({ length: 10_000 }, (_, index) => `com.example.topic${index}.of`);

describe('a session with 1,000 registrations and 10,000 subscriptions', () => {
  for (const kind of ['WebSocket', 'memory'] as const) {
    it(`has them at once, and is rid of them at once, by ${kind}`, async () => {
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
