import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';
const CANCELING = ['call_canceling'];

describe('call timeout', () => {
  it('ends the call with an error and interrupts the callee; a late result is dropped', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CANCELING });
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([48, 1, { timeout: 5 }, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({});
    expect((await caller.next()).slice(0, 5)).to.eql([8, 48, 1, {}, Uri.TIMEOUT]);
    expect(await callee.next()).to.eql([69, 1, { mode: 'killnowait' }]);
    callee.send([70, 1, {}]);
    expect(await callee.pending()).to.eql([]);
    expect(await caller.pending()).to.eql([]);
    expect(test.router.stats().pendingCalls).to.equal(0);
  });

  it('does not interrupt a callee that has not announced call canceling', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([48, 1, { timeout: 1 }, PROCEDURE]);
    expect((await caller.next())[4]).to.equal(Uri.TIMEOUT);
    expect((await callee.next())[0]).to.equal(68);
    expect(await callee.pending()).to.eql([]);
  });

  it('has no effect once there is a result, and none if it is 0', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CANCELING });
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([48, 1, { timeout: 1 }, PROCEDURE]);
    caller.send([48, 2, { timeout: 0 }, PROCEDURE]);
    caller.send([48, 3, { timeout: 2 }, PROCEDURE]);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
    // The third call's time is up after that of the first would have been.
    expect((await caller.next()).slice(2, 5)).to.eql([3, {}, Uri.TIMEOUT]);
    callee.send([70, 2, {}]);
    expect(await caller.next()).to.eql([50, 2, {}]);
  });

  it('begins anew with every progressive result', async () => {
    await using test = await startRouter();
    const features = ['progressive_call_results'];
    await using callee = await attachWith(test.router, { callee: [...features, ...CANCELING] });
    await using caller = await attachWith(test.router, { caller: features });
    await callee.register(PROCEDURE);
    const begin = performance.now();
    caller.send([48, 1, { timeout: 40, receive_progress: true }, PROCEDURE]);
    await callee.next();
    // A call of its own gives the time at which the second half begins.
    caller.send([48, 2, { timeout: 20 }, PROCEDURE]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.TIMEOUT]);
    callee.send([70, 1, { progress: true }]);
    expect(await caller.next()).to.eql([50, 1, { progress: true }]);
    expect((await caller.next()).slice(2, 5)).to.eql([1, {}, Uri.TIMEOUT]);
    expect(performance.now() - begin).to.be.above(55);
  });

  it('is left to a callee that has announced it and asked for it', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: ['call_timeout'] });
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { forward_timeout: true });
    await callee.register('com.example.watch');
    caller.send([48, 1, { timeout: 1 }, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({ timeout: 1 });
    caller.send([48, 2, { timeout: 3 }, 'com.example.watch']);
    expect((await callee.next())[3]).to.eql({});
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.TIMEOUT]);
    callee.send([8, 68, 1, {}, Uri.TIMEOUT]);
    expect(await caller.next()).to.eql([8, 48, 1, {}, Uri.TIMEOUT]);
  });

  it('that is left to the callee does not begin with a progressive result either', async () => {
    await using test = await startRouter();
    const features = ['progressive_call_results'];
    await using callee = await attachWith(test.router, { callee: [...features, 'call_timeout'] });
    await using caller = await attachWith(test.router, { caller: features });
    await callee.register(PROCEDURE, { forward_timeout: true });
    await callee.register('com.example.watch');
    caller.send([48, 1, { timeout: 1, receive_progress: true }, PROCEDURE]);
    await callee.next();
    callee.send([70, 1, { progress: true }]);
    expect(await caller.next()).to.eql([50, 1, { progress: true }]);
    caller.send([48, 2, { timeout: 3 }, 'com.example.watch']);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.TIMEOUT]);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
  });

  it('is not left to a callee that only asks for it', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { forward_timeout: true });
    caller.send([48, 1, { timeout: 1 }, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({});
    expect((await caller.next())[4]).to.equal(Uri.TIMEOUT);
  });

  it('is refused if it is no number of milliseconds', async () => {
    await using test = await startRouter();
    await using client = await attachWith(test.router);
    await client.register(PROCEDURE);
    for (const timeout of [-1, 0.5, '100', null]) {
      expect((await client.request(48, { timeout }, PROCEDURE))[4]).to.equal(Uri.INVALID_ARGUMENT);
    }
  });

  it('may be longer than any timer', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([48, 1, { timeout: 2 ** 53 }, PROCEDURE]);
    caller.send([48, 2, { timeout: 2 }, PROCEDURE]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.TIMEOUT]);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
  });

  it('of thousands of calls leaves nothing behind', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    const count = 5_000;
    for (let request = 1; request <= count; request++) {
      caller.send([48, request, { timeout: 3_600_000 + (request % 100) }, PROCEDURE]);
    }
    for (let invocation = 1; invocation <= count; invocation++) {
      await callee.nextText();
      callee.send([70, invocation, {}]);
    }
    for (let request = 1; request <= count; request++) await caller.nextText();
    expect(test.router.stats().pendingCalls).to.equal(0);
  });
});
