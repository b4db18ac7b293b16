import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { startRouter } from '../support/router.ts';
import type { WampClient } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';

/** The arguments of the invocations that have arrived. */
async function invoked(callee: WampClient): Promise<unknown[]> {
  return (await callee.pending()).map((frame) => JSON.parse(frame)[4]?.[0]);
}

function callTimes(caller: WampClient, count: number, options: object = {}): void {
  for (let made = 0; made < count; made++) {
    const request = caller.nextRequest();
    caller.send([48, request, options, PROCEDURE, [request]]);
  }
}

describe('concurrency', () => {
  it('bounds what a callee has at a time; the rest waits, and follows in order', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 2 });
    callTimes(caller, 5);
    expect((await caller.pending()).length).to.equal(0);
    expect(await invoked(callee)).to.eql([1, 2]);
    callee.send([70, 2, {}]);
    expect(await caller.next()).to.eql([50, 2, {}]);
    expect(await invoked(callee)).to.eql([3]);
    callee.send([8, 68, 1, {}, 'com.example.error.oops']);
    callee.send([70, 3, {}]);
    expect(await invoked(callee)).to.eql([4, 5]);
    expect(test.router.stats().pendingCalls).to.equal(2);
  });

  it('is for each callee of a shared registration its own', async () => {
    await using test = await startRouter();
    await using narrow = await attachWith(test.router);
    await using wide = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await narrow.register(PROCEDURE, { invoke: 'first', concurrency: 1 });
    await wide.register(PROCEDURE, { invoke: 'first', concurrency: 2 });
    callTimes(caller, 4);
    await caller.pending();
    expect(await invoked(narrow)).to.eql([1]);
    expect(await invoked(wide)).to.eql([2, 3]);
    wide.send([70, 1, {}]);
    expect(await invoked(wide)).to.eql([4]);
  });

  it('does not hold up a callee that has none', async () => {
    await using test = await startRouter();
    await using limited = await attachWith(test.router);
    await using unlimited = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await limited.register(PROCEDURE, { invoke: 'roundrobin', concurrency: 1 });
    await unlimited.register(PROCEDURE, { invoke: 'roundrobin' });
    callTimes(caller, 5);
    await caller.pending();
    expect(await invoked(limited)).to.eql([1]);
    expect(await invoked(unlimited)).to.eql([2, 3, 4, 5]);
  });

  it('lets a limited number of calls wait', async () => {
    await using test = await startRouter({ limits: { maxQueuedCalls: 2 } });
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, 4);
    expect((await caller.next()).slice(0, 5)).to.eql([8, 48, 4, {}, Uri.UNAVAILABLE]);
    for (const invocation of [1, 2, 3]) callee.send([70, invocation, {}]);
    for (const request of [1, 2, 3]) expect(await caller.next()).to.eql([50, request, {}]);
  });

  it('lets calls wait that take a limited number of bytes, those of all procedures together', async () => {
    await using test = await startRouter({ limits: { maxQueuedBytes: 1000 } });
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    for (const procedure of ['com.one', 'com.two']) {
      await callee.register(procedure, { concurrency: 1 });
      caller.send([48, caller.nextRequest(), {}, procedure]);
    }
    const text = 'x'.repeat(600);
    for (const procedure of ['com.one', 'com.two']) caller.send([48, caller.nextRequest(), {}, procedure, [text]]);
    expect((await caller.next()).slice(2, 5)).to.eql([4, {}, Uri.UNAVAILABLE]);
    for (const invocation of [1, 3]) callee.send([70, invocation, {}]);
    for (const request of [1, 3]) expect(await caller.next()).to.eql([50, request, {}]);
    caller.send([48, 5, {}, 'com.two', [text]]);
    callee.send([70, 2, {}]);
    expect(await caller.next()).to.eql([50, 2, {}]);
    const invocations = (await callee.pending()).map((frame) => JSON.parse(frame));
    expect(invocations.at(-1)?.[4]).to.eql([text]);
  });

  it('forgets who waits when the caller cancels, times out or leaves', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    const leaving = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, 2);
    callTimes(caller, 1, { timeout: 1 });
    callTimes(leaving, 1);
    await leaving.pending();
    caller.send([49, 2, { mode: 'kill' }]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.CANCELED]);
    expect((await caller.next()).slice(2, 5)).to.eql([3, {}, Uri.TIMEOUT]);
    await leaving[Symbol.asyncDispose]();
    callTimes(caller, 1);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
    expect(await invoked(callee)).to.eql([1, 4]);
  });

  it('ends the calls that wait when the last callee leaves or unregisters', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router);
    const callee = await attachWith(test.router);
    const id = await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, 2);
    await callee.next();
    expect(await callee.request(66, id)).to.eql([67, 2]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.CANCELED]);
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, 2);
    await callee.next();
    await callee[Symbol.asyncDispose]();
    const ended = [await caller.next(), await caller.next(), await caller.next()];
    expect(ended.map(([, , request]) => request).sort()).to.eql([1, 3, 4]);
    expect(ended.map(([, , , , error]) => error)).to.eql([Uri.CANCELED, Uri.CANCELED, Uri.CANCELED]);
    expect(test.router.stats().pendingCalls).to.equal(0);
  });

  it('sends those that wait to the callees that remain, and to those that come', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router);
    await using one = await attachWith(test.router);
    const other = await attachWith(test.router);
    const options = { invoke: 'first', concurrency: 1 };
    for (const callee of [one, other]) await callee.register(PROCEDURE, options);
    callTimes(caller, 4);
    await caller.pending();
    await other[Symbol.asyncDispose]();
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.CANCELED]);
    one.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
    expect(await invoked(one)).to.eql([1, 3]);
    await using third = await attachWith(test.router);
    await third.register(PROCEDURE, options);
    expect(await invoked(third)).to.eql([4]);
  });

  it('counts a callee as busy until it answers, if it does not know that its call was given up', async () => {
    for (const features of [[], ['call_canceling']]) {
      await using test = await startRouter();
      await using callee = await attachWith(test.router, { callee: features });
      await using caller = await attachWith(test.router);
      await callee.register(PROCEDURE, { concurrency: 1 });
      callTimes(caller, 2);
      caller.send([49, 1, { mode: 'killnowait' }]);
      expect((await caller.next())[4]).to.equal(Uri.CANCELED);
      const [, second, third] = (await callee.pending()).map((frame) => JSON.parse(frame)[0]);
      expect([second, third]).to.eql(features.length > 0 ? [69, 68] : [undefined, undefined]);
      callee.send([70, 1, {}]);
      callee.send([70, 1, {}]);
      expect(await callee.pending()).to.have.length(features.length > 0 ? 0 : 1);
      expect(await caller.pending()).to.eql([]);
    }
  });

  it('lets a progressive call wait with all that was sent of it', async () => {
    await using test = await startRouter({ limits: { maxQueuedCalls: 3 } });
    const features = ['progressive_call_invocations', 'call_canceling'];
    await using callee = await attachWith(test.router, { callee: features });
    await using caller = await attachWith(test.router, { caller: features });
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.send([48, 1, {}, PROCEDURE]);
    for (const part of [1, 2]) caller.send([48, 2, { progress: true }, PROCEDURE, [part]]);
    caller.send([48, 2, {}, PROCEDURE, [3]]);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
    await callee.next();
    for (const part of [1, 2]) expect((await callee.next()).slice(3)).to.eql([{ progress: true }, [part]]);
    expect((await callee.next()).slice(3)).to.eql([{}, [3]]);
  });

  it('ends a progressive call of which too much waits, with one error', async () => {
    await using test = await startRouter({ limits: { maxQueuedCalls: 2 } });
    const features = ['progressive_call_invocations', 'call_canceling'];
    await using callee = await attachWith(test.router, { callee: features });
    await using caller = await attachWith(test.router, { caller: features });
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.send([48, 1, {}, PROCEDURE]);
    for (let part = 1; part <= 4; part++) caller.send([48, 2, { progress: true }, PROCEDURE]);
    const refused = (await caller.pending()).map((frame) => JSON.parse(frame));
    expect(refused.map(([, , request, , error]) => [request, error])).to.eql([[2, Uri.UNAVAILABLE]]);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
    expect(await callee.pending()).to.have.length(1);
  });

  it('tells a call that has waited if the callee lacks what it needs', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router, { caller: ['payload_passthru_mode'] });
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, 1);
    callTimes(caller, 1, { ppt_scheme: 'x_mine' });
    callTimes(caller, 1);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.FEATURE_NOT_SUPPORTED]);
    expect(await invoked(callee)).to.eql([1, 3]);
  });

  it('leaves timeouts to the callee only from when it has the call', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: ['call_timeout'] });
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 1, forward_timeout: true });
    callTimes(caller, 2, { timeout: 2 });
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.TIMEOUT]);
    callee.send([70, 1, {}]);
    expect(await caller.next()).to.eql([50, 1, {}]);
  });

  it('is refused if it is no number of calls', async () => {
    await using test = await startRouter();
    await using client = await attachWith(test.router);
    for (const concurrency of [-1, 1.5, '2', null]) {
      expect((await client.request(64, { concurrency }, PROCEDURE))[4]).to.equal(Uri.INVALID_ARGUMENT);
    }
  });
});
