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

describe('meta procedures', () => {
  it('answer whatever they are given with a result or an error', async () => {
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
});
