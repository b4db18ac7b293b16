import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { callTimes, invoked } from '../support/invocations.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';

describe('Concurrency', () => {
  it('limits the calls of a callee; others wait, and follow in order', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 2 });
    callTimes(caller, PROCEDURE, 5);
    expect((await caller.pending()).length).to.equal(0);
    expect(await invoked(callee)).to.eql([1, 2]);
    callee.send([MessageType.YIELD, 2, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 2, {}]);
    expect(await invoked(callee)).to.eql([3]);
    callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, 'com.example.error.oops']);
    callee.send([MessageType.YIELD, 3, {}]);
    expect(await invoked(callee)).to.eql([4, 5]);
    expect(test.router.stats().pendingCalls).to.equal(2);
  });

  it('applies to each callee of a shared registration separately', async () => {
    await using test = await startRouter();
    await using narrow = await attachWith(test.router);
    await using wide = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await narrow.register(PROCEDURE, { invoke: 'first', concurrency: 1 });
    await wide.register(PROCEDURE, { invoke: 'first', concurrency: 2 });
    callTimes(caller, PROCEDURE, 4);
    await caller.pending();
    expect(await invoked(narrow)).to.eql([1]);
    expect(await invoked(wide)).to.eql([2, 3]);
    wide.send([MessageType.YIELD, 1, {}]);
    expect(await invoked(wide)).to.eql([4]);
  });

  it('does not limit a callee without it', async () => {
    await using test = await startRouter();
    await using limited = await attachWith(test.router);
    await using unlimited = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await limited.register(PROCEDURE, { invoke: 'roundrobin', concurrency: 1 });
    await unlimited.register(PROCEDURE, { invoke: 'roundrobin' });
    callTimes(caller, PROCEDURE, 5);
    await caller.pending();
    expect(await invoked(limited)).to.eql([1]);
    expect(await invoked(unlimited)).to.eql([2, 3, 4, 5]);
  });

  it('counts a canceled call until the callee answers, if the callee does not support canceling', async () => {
    for (const features of [[], ['call_canceling']]) {
      await using test = await startRouter();
      await using callee = await attachWith(test.router, { callee: features });
      await using caller = await attachWith(test.router);
      await callee.register(PROCEDURE, { concurrency: 1 });
      callTimes(caller, PROCEDURE, 2);
      caller.send([MessageType.CANCEL, 1, { mode: 'killnowait' }]);
      expect((await caller.next())[4]).to.equal(Uri.CANCELED);
      const [, second, third] = (await callee.pending()).map((frame) => JSON.parse(frame)[0]);
      expect([second, third]).to.eql(features.length > 0 ? [69, 68] : [undefined, undefined]);
      callee.send([MessageType.YIELD, 1, {}]);
      callee.send([MessageType.YIELD, 1, {}]);
      expect(await callee.pending()).to.have.length(features.length > 0 ? 0 : 1);
      expect(await caller.pending()).to.eql([]);
    }
  });

  it('is refused if it is not a number of calls', async () => {
    await using test = await startRouter();
    await using client = await attachWith(test.router);
    for (const concurrency of [-1, 1.5, '2', null]) {
      expect((await client.request(64, { concurrency }, PROCEDURE))[4]).to.equal(Uri.INVALID_ARGUMENT);
    }
  });
});
