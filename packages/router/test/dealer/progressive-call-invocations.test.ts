import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';
const CALLER = ['progressive_call_invocations'];
const CALLEE = ['progressive_call_invocations', 'call_canceling'];

describe('Progressive call invocations', () => {
  it('reach the callee with one invocation id, until the last one; then the result follows', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: CALLER });
    const registration = await callee.register(PROCEDURE);
    for (const part of [1, 2]) caller.send([MessageType.CALL, 7, { progress: true }, PROCEDURE, [part]]);
    caller.send([MessageType.CALL, 7, {}, PROCEDURE, [3]]);
    for (const part of [1, 2])
      expect(await callee.next()).to.eql([MessageType.INVOCATION, 1, registration, { progress: true }, [part]]);
    expect(await callee.next()).to.eql([MessageType.INVOCATION, 1, registration, {}, [3]]);
    callee.send([MessageType.YIELD, 1, {}, ['all']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 7, {}, ['all']]);
    expect(test.router.stats()).to.include({ calls: 1, pendingCalls: 0 });
  });

  it('have the options of the first one', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: CALLER });
    await callee.register('com.example', { match: 'prefix' });
    caller.send([MessageType.CALL, 1, { progress: true, disclose_me: true }, PROCEDURE]);
    caller.send([MessageType.CALL, 1, { progress: true, disclose_me: false, timeout: -1 }, PROCEDURE]);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    const first = (await callee.next())[3];
    expect(first).to.include({ procedure: PROCEDURE, caller: caller.session });
    expect((await callee.next())[3]).to.eql(first);
    const { progress, ...others } = first as { progress: boolean };
    expect((await callee.next())[3]).to.eql(others);
    expect(progress).to.equal(true);
  });

  it('reach the callee of the first one, for any invoke policy', async () => {
    await using test = await startRouter();
    await using one = await attachWith(test.router, { callee: CALLEE });
    await using other = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: CALLER });
    for (const callee of [one, other]) await callee.register(PROCEDURE, { invoke: 'roundrobin' });
    for (const options of [{ progress: true }, { progress: true }, {}])
      caller.send([MessageType.CALL, 1, options, PROCEDURE]);
    await caller.pending();
    expect(await one.pending()).to.have.length(3);
    expect(await other.pending()).to.eql([]);
  });

  it('may be mixed with other calls, also with sequential request ids', async () => {
    await using test = await startRouter({ requestIds: 'sequential' });
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: CALLER });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { progress: true }, PROCEDURE]);
    caller.send([MessageType.CALL, 2, {}, PROCEDURE]);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    caller.send([MessageType.CALL, 3, {}, PROCEDURE]);
    for (const invocation of [1, 2, 1, 3]) expect((await callee.next())[1]).to.equal(invocation);
  });

  it('are dropped if they arrive after the end of the call', async () => {
    for (const requestIds of ['any', 'sequential'] as const) {
      await using test = await startRouter({ requestIds });
      await using callee = await attachWith(test.router, { callee: CALLEE });
      await using caller = await attachWith(test.router, { caller: CALLER });
      await callee.register(PROCEDURE);
      caller.send([MessageType.CALL, 1, { progress: true }, PROCEDURE]);
      await callee.next();
      callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, 'com.example.error.enough']);
      expect((await caller.next())[4]).to.equal('com.example.error.enough');
      caller.send([MessageType.CALL, 1, { progress: true }, PROCEDURE]);
      caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
      caller.send([MessageType.CALL, 2, {}, PROCEDURE]);
      expect((await callee.next())[1]).to.equal(2);
      callee.send([MessageType.YIELD, 2, {}]);
      expect(await caller.next()).to.eql([MessageType.RESULT, 2, {}]);
    }
  });

  it('are refused once if the first one is refused', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router, { caller: CALLER });
    for (const options of [{ progress: true }, { progress: true }, {}])
      caller.send([MessageType.CALL, 1, options, PROCEDURE]);
    const frames = (await caller.pending()).map((frame) => JSON.parse(frame));
    expect(frames.map(([type, , request, , error]) => [type, request, error])).to.eql([[8, 1, Uri.NO_SUCH_PROCEDURE]]);
  });

  it('are refused if the callee has not announced them and call canceling', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router, { caller: CALLER });
    for (const features of [[], ['call_canceling'], ['progressive_call_invocations']]) {
      await using callee = await attachWith(test.router, { callee: features });
      await callee.register(PROCEDURE);
      expect((await caller.request(48, { progress: true }, PROCEDURE))[4]).to.equal(Uri.FEATURE_NOT_SUPPORTED);
      expect(await callee.pending()).to.eql([]);
    }
  });

  it('violate the protocol if the caller has not announced them', async () => {
    await using test = await startRouter();
    await using caller = await attachWith(test.router);
    caller.send([MessageType.CALL, 1, { progress: true }, PROCEDURE]);
    expect((await caller.next())[2]).to.equal(Uri.PROTOCOL_VIOLATION);
  });

  it("violate the protocol after the last one, and with the request id of another procedure's call", async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await callee.register(PROCEDURE);
    for (const [first, procedure] of [
      [{}, PROCEDURE],
      [{ progress: true }, 'com.example.other'],
    ] as const) {
      await using caller = await attachWith(test.router, { caller: CALLER });
      caller.send([MessageType.CALL, 1, first, PROCEDURE]);
      caller.send([MessageType.CALL, 1, {}, procedure]);
      expect((await caller.next())[2]).to.equal(Uri.PROTOCOL_VIOLATION);
    }
  });

  it('end when the caller leaves: the callee is interrupted', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    const caller = await attachWith(test.router, { caller: CALLER });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { progress: true }, PROCEDURE]);
    await callee.next();
    await caller[Symbol.asyncDispose]();
    expect(await callee.next()).to.eql([MessageType.INTERRUPT, 1, { mode: 'killnowait' }]);
  });

  it('can be combined with progressive results', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: [...CALLEE, 'progressive_call_results'] });
    await using caller = await attachWith(test.router, { caller: [...CALLER, 'progressive_call_results'] });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { progress: true, receive_progress: true }, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({ progress: true, receive_progress: true });
    callee.send([MessageType.YIELD, 1, { progress: true }, ['one']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, { progress: true }, ['one']]);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({ receive_progress: true });
    callee.send([MessageType.YIELD, 1, {}, ['two']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}, ['two']]);
  });
});
