import { expect } from 'chai';
import fc from 'fast-check';
import { MetaProcedure } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const KEYS = [
  'reason',
  'message',
  'scope',
  'publish_options',
  'match',
  'eligible',
  'limit',
  '__proto__',
  'constructor',
];

const value = fc.oneof(
  fc.constantFrom(null, true, 0, 1, 2, 2 ** 53, -1, 1.5, '', 'exact', 'destroyed', 'com.example.topic', 'joe'),
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(null, 1, 'prefix', [], {}, ['joe'])),
);

const call = fc.record({
  procedure: fc.constantFrom(...Object.values(MetaProcedure)),
  args: fc.array(value, { maxLength: 4 }),
  kwargs: fc.dictionary(fc.constantFrom(...KEYS), value),
});

const PUBLISH_OPTIONS = [
  'eligible',
  'exclude_authid',
  'exclude_me',
  'disclose_me',
  'retain',
  'ppt_scheme',
  'ppt_keyid',
];

const options = fc.dictionary(fc.constantFrom(...PUBLISH_OPTIONS), value);

describe('Meta procedures: random arguments', () => {
  it('are answered with a result or an error', async () => {
    await using test = await startRouter();
    await using caller = await WampClient.attach(test.router, { authid: 'joe' });
    await caller.subscribe('com.example.topic');
    await caller.register('com.example.procedure');
    const answered = fc.asyncProperty(call, async ({ procedure, args, kwargs }) => {
      const [type, second, , , error] = await caller.request(48, {}, procedure, args, kwargs);
      expect([50, 8], `${procedure} ${second}`).to.include(type);
      if (type === 8) expect(error).to.match(/^wamp\.error\.[a-z_]+$/);
    });
    await fc.assert(answered, { numRuns: 1_000 });
    expect(test.errors).to.eql([]);
  });

  it('leave no testament that fails at the end of its session', async () => {
    await using test = await startRouter({
      realms: [{ name: 'realm1', store: { type: 'memory', 'event-history': [{ uri: '', match: 'prefix' }] } }],
    });
    const published = fc.asyncProperty(options, fc.array(value, { maxLength: 2 }), async (publish_options, payload) => {
      await using testator = WampClient.over(test.router.attach());
      await testator.join('realm1', { roles: { caller: {} } });
      const answer = await testator.request(48, {}, 'wamp.session.add_testament', ['com.example.topic', ...payload], {
        publish_options,
      });
      expect([50, 8]).to.include(answer[0]);
    });
    await fc.assert(published, { numRuns: 500 });
    expect(test.errors).to.eql([]);
  });
});
