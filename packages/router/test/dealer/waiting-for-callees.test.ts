import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { callTimes, invoked } from '../support/invocations.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';

describe('Calls that wait for a callee', () => {
  it('are limited in number', async () => {
    await using test = await startRouter({ limits: { maxQueuedCalls: 2 } });
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, PROCEDURE, 4);
    expect((await caller.next()).slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 4, {}, Uri.UNAVAILABLE]);
    for (const invocation of [1, 2, 3]) callee.send([MessageType.YIELD, invocation, {}]);
    for (const request of [1, 2, 3]) expect(await caller.next()).to.eql([MessageType.RESULT, request, {}]);
  });

  it('are limited in bytes, for all procedures together', async () => {
    await using test = await startRouter({ limits: { maxQueuedBytes: 1000 } });
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    for (const procedure of ['com.one', 'com.two']) {
      await callee.register(procedure, { concurrency: 1 });
      caller.send([MessageType.CALL, caller.nextRequest(), {}, procedure]);
    }
    const text = 'x'.repeat(600);
    for (const procedure of ['com.one', 'com.two'])
      caller.send([MessageType.CALL, caller.nextRequest(), {}, procedure, [text]]);
    expect((await caller.next()).slice(2, 5)).to.eql([4, {}, Uri.UNAVAILABLE]);
    for (const invocation of [1, 3]) callee.send([MessageType.YIELD, invocation, {}]);
    for (const request of [1, 3]) expect(await caller.next()).to.eql([MessageType.RESULT, request, {}]);
    caller.send([MessageType.CALL, 5, {}, 'com.two', [text]]);
    callee.send([MessageType.YIELD, 2, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 2, {}]);
    const invocations = (await callee.pending()).map((frame) => JSON.parse(frame));
    expect(invocations.at(-1)?.[4]).to.eql([text]);
  });

  it('count the bytes of their options and URI too', async () => {
    const hop = { authid: 'x'.repeat(200), authrole: 'y'.repeat(200) };
    for (const options of [{ forward_for: [hop, hop, hop] }, { ppt_scheme: 'x_mine', ppt_keyid: 'x'.repeat(256) }]) {
      await using test = await startRouter({ limits: { maxQueuedBytes: 1_000 } });
      await using callee = await attachWith(test.router, { callee: ['payload_passthru_mode'] });
      await using caller = await attachWith(test.router, { caller: ['payload_passthru_mode'] });
      await callee.register('com.', { match: 'prefix', concurrency: 1 });
      caller.send([MessageType.CALL, caller.nextRequest(), {}, PROCEDURE]);
      for (let made = 0; made < 4; made++) {
        caller.send([MessageType.CALL, caller.nextRequest(), options, `${PROCEDURE}.${'x'.repeat(100)}`]);
      }
      expect((await caller.next())[4]).to.equal(Uri.UNAVAILABLE);
    }
  });

  it('are removed when the caller cancels, times out or leaves', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    const leaving = await attachWith(test.router);
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, PROCEDURE, 2);
    callTimes(caller, PROCEDURE, 1, { timeout: 1 });
    expect((await caller.next()).slice(2, 5)).to.eql([3, {}, Uri.TIMEOUT]);
    caller.send([MessageType.CANCEL, 2, { mode: 'kill' }]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.CANCELED]);
    callTimes(leaving, PROCEDURE, 1);
    await leaving.pending();
    await leaving[Symbol.asyncDispose]();
    callTimes(caller, PROCEDURE, 1);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    expect(await invoked(callee)).to.eql([1, 4]);
  });

  it('end with an error when the last callee leaves or unregisters', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router);
    const callee = await attachWith(test.router);
    const id = await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, PROCEDURE, 2);
    await callee.next();
    expect(await callee.request(66, id)).to.eql([67, 2]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.CANCELED]);
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, PROCEDURE, 2);
    await callee.next();
    await callee[Symbol.asyncDispose]();
    const ended = [await caller.next(), await caller.next(), await caller.next()];
    expect(ended.map(([, , request]) => request).sort()).to.eql([1, 3, 4]);
    expect(ended.map(([, , , , error]) => error)).to.eql([Uri.CANCELED, Uri.CANCELED, Uri.CANCELED]);
    expect(test.router.stats().pendingCalls).to.equal(0);
  });

  it('go to the remaining callees, and to new ones', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router);
    await using one = await attachWith(test.router);
    const other = await attachWith(test.router);
    const options = { invoke: 'first', concurrency: 1 };
    for (const callee of [one, other]) await callee.register(PROCEDURE, options);
    callTimes(caller, PROCEDURE, 4);
    await caller.pending();
    await other[Symbol.asyncDispose]();
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.CANCELED]);
    one.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    expect(await invoked(one)).to.eql([1, 3]);
    await using third = await attachWith(test.router);
    await third.register(PROCEDURE, options);
    expect(await invoked(third)).to.eql([4]);
  });

  it('wait with all their messages if they are progressive', async () => {
    await using test = await startRouter({ limits: { maxQueuedCalls: 3 } });
    const features = ['progressive_call_invocations', 'call_canceling'];
    await using callee = await attachWith(test.router, { callee: features });
    await using caller = await attachWith(test.router, { caller: features });
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    for (const part of [1, 2]) caller.send([MessageType.CALL, 2, { progress: true }, PROCEDURE, [part]]);
    caller.send([MessageType.CALL, 2, {}, PROCEDURE, [3]]);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    await callee.next();
    for (const part of [1, 2]) expect((await callee.next()).slice(3)).to.eql([{ progress: true }, [part]]);
    expect((await callee.next()).slice(3)).to.eql([{}, [3]]);
  });

  it('end with one error if they have too many messages', async () => {
    await using test = await startRouter({ limits: { maxQueuedCalls: 2 } });
    const features = ['progressive_call_invocations', 'call_canceling'];
    await using callee = await attachWith(test.router, { callee: features });
    await using caller = await attachWith(test.router, { caller: features });
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    for (let part = 1; part <= 4; part++) caller.send([MessageType.CALL, 2, { progress: true }, PROCEDURE]);
    const refused = (await caller.pending()).map((frame) => JSON.parse(frame));
    expect(refused.map(([, , request, , error]) => [request, error])).to.eql([[2, Uri.UNAVAILABLE]]);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    expect(await callee.pending()).to.have.length(1);
  });

  it('are refused if the callee does not support what they need', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router, { caller: ['payload_passthru_mode'] });
    await callee.register(PROCEDURE, { concurrency: 1 });
    callTimes(caller, PROCEDURE, 1);
    callTimes(caller, PROCEDURE, 1, { ppt_scheme: 'x_mine' });
    callTimes(caller, PROCEDURE, 1);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.FEATURE_NOT_SUPPORTED]);
    expect(await invoked(callee)).to.eql([1, 3]);
  });
});
