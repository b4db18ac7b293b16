import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import type { WampClient } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';

/** A call that its callee has been passed: request 1, invocation 1. */
class StartedCall implements AsyncDisposable {
  readonly caller: WampClient;
  readonly callee: WampClient;

  private constructor(caller: WampClient, callee: WampClient) {
    this.caller = caller;
    this.callee = callee;
  }

  static async in({ router }: TestRouter, features = ['call_canceling']): Promise<StartedCall> {
    const callee = await attachWith(router, { callee: features });
    const caller = await attachWith(router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    await callee.next();
    return new StartedCall(caller, callee);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.caller[Symbol.asyncDispose](), this.callee[Symbol.asyncDispose]()]);
  }
}

describe('Call canceling', () => {
  it('with mode kill interrupts the callee, and returns its answer', async () => {
    for (const [answer, expected] of [
      [
        [MessageType.ERROR, MessageType.INVOCATION, 1, {}, Uri.CANCELED, ['stopped'], { at: 5 }],
        [MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED, ['stopped'], { at: 5 }],
      ],
      [
        [MessageType.YIELD, 1, {}, ['done already']],
        [MessageType.RESULT, 1, {}, ['done already']],
      ],
    ] as const) {
      await using test = await startRouter();
      await using call = await StartedCall.in(test);
      const { caller, callee } = call;
      caller.send([MessageType.CANCEL, 1, { mode: 'kill' }]);
      expect(await callee.next()).to.eql([MessageType.INTERRUPT, 1, { mode: 'kill' }]);
      expect(await caller.pending()).to.eql([]);
      callee.send(answer);
      expect(await caller.next()).to.eql(expected);
    }
  });

  it('with mode killnowait interrupts the callee, answers the caller immediately and drops the late answer', async () => {
    await using test = await startRouter();
    await using call = await StartedCall.in(test);
    const { caller, callee } = call;
    caller.send([MessageType.CANCEL, 1, { mode: 'killnowait' }]);
    expect((await caller.next()).slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED]);
    expect(await callee.next()).to.eql([MessageType.INTERRUPT, 1, { mode: 'killnowait' }]);
    callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, Uri.CANCELED]);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await callee.pending()).to.eql([]);
    expect(await caller.pending()).to.eql([]);
    expect(test.router.stats().pendingCalls).to.equal(0);
  });

  it('with mode skip answers the caller immediately, and does not interrupt the callee', async () => {
    await using test = await startRouter();
    await using call = await StartedCall.in(test);
    const { caller, callee } = call;
    caller.send([MessageType.CANCEL, 1, { mode: 'skip' }]);
    expect((await caller.next()).slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED]);
    callee.send([MessageType.YIELD, 1, {}, ['for nobody']]);
    expect(await callee.pending()).to.eql([]);
    expect(await caller.pending()).to.eql([]);
  });

  it('never interrupts a callee that has not announced it: every mode is like skip', async () => {
    for (const mode of ['kill', 'killnowait', 'skip', undefined]) {
      await using test = await startRouter();
      await using call = await StartedCall.in(test, []);
      const { caller, callee } = call;
      caller.send([MessageType.CANCEL, 1, mode === undefined ? {} : { mode }]);
      expect((await caller.next()).slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED]);
      expect(await callee.pending()).to.eql([]);
    }
  });

  it('uses mode killnowait by default', async () => {
    await using test = await startRouter();
    await using call = await StartedCall.in(test);
    const { caller, callee } = call;
    caller.send([MessageType.CANCEL, 1, {}]);
    expect((await caller.next())[4]).to.equal(Uri.CANCELED);
    expect(await callee.next()).to.eql([MessageType.INTERRUPT, 1, { mode: 'killnowait' }]);
  });

  it('refuses an unknown mode, and the call continues', async () => {
    await using test = await startRouter();
    await using call = await StartedCall.in(test);
    const { caller, callee } = call;
    for (const mode of ['abort', 1, null]) {
      caller.send([MessageType.CANCEL, 1, { mode }]);
      expect((await caller.next()).slice(0, 5)).to.eql([
        MessageType.ERROR,
        MessageType.CANCEL,
        1,
        {},
        Uri.INVALID_ARGUMENT,
      ]);
    }
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
  });

  it('interrupts once, for any number of CANCELs; a later skip answers immediately', async () => {
    await using test = await startRouter();
    await using call = await StartedCall.in(test);
    const { caller, callee } = call;
    for (const mode of ['kill', 'kill', 'skip', 'kill']) caller.send([MessageType.CANCEL, 1, { mode }]);
    expect((await caller.next())[4]).to.equal(Uri.CANCELED);
    expect(await caller.pending()).to.eql([]);
    expect(await callee.pending()).to.eql(['[69,1,{"mode":"kill"}]']);
  });

  it('ignores a CANCEL for an ended call, and for the call of another session', async () => {
    await using test = await startRouter();
    await using call = await StartedCall.in(test);
    const { caller, callee } = call;
    await using intruder = await attachWith(test.router);
    intruder.send([MessageType.CANCEL, 1, {}]);
    expect(await intruder.pending()).to.eql([]);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
    caller.send([MessageType.CANCEL, 1, { mode: 'kill' }]);
    expect(await caller.pending()).to.eql([]);
    expect(await callee.pending()).to.eql([]);
  });

  it('does not use a request id of its own with sequential request ids', async () => {
    await using test = await startRouter({ requestIds: 'sequential' });
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    caller.send([MessageType.CANCEL, 1, {}]);
    expect((await caller.next())[4]).to.equal(Uri.CANCELED);
    caller.send([MessageType.CALL, 2, {}, 'com.example.none']);
    expect((await caller.next())[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
  });

  it('interrupts the callees of a caller that leaves, if they have announced it', async () => {
    for (const features of [['call_canceling'], []]) {
      await using test = await startRouter();
      await using call = await StartedCall.in(test, features);
      const { caller, callee } = call;
      await caller[Symbol.asyncDispose]();
      const interrupt = '[69,1,{"mode":"killnowait"}]';
      expect(await callee.pending()).to.eql(features.length > 0 ? [interrupt] : []);
    }
  });
});
