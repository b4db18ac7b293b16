import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { attachWith } from '../support/attach-with.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';
const PROGRESSIVE = ['progressive_call_results'];
const CALLEE = [...PROGRESSIVE, 'call_canceling'];

describe('Progressive call results', () => {
  it('reach the caller one by one, and the last one ends the call', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: PROGRESSIVE });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { receive_progress: true }, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({ receive_progress: true });
    for (const part of [1, 2]) {
      callee.send([MessageType.YIELD, 1, { progress: true }, [part], { part }]);
      expect(await caller.next()).to.eql([MessageType.RESULT, 1, { progress: true }, [part], { part }]);
    }
    expect(test.router.stats().pendingCalls).to.equal(1);
    callee.send([MessageType.YIELD, 1, {}, ['last']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}, ['last']]);
    expect(test.router.stats().pendingCalls).to.equal(0);
  });

  it('may end with an error', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: PROGRESSIVE });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { receive_progress: true }, PROCEDURE]);
    await callee.next();
    callee.send([MessageType.YIELD, 1, { progress: true }]);
    callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, 'com.example.error.oops']);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, { progress: true }]);
    expect(await caller.next()).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, 'com.example.error.oops']);
  });

  it('reach a caller that requests them, for any announced features', async () => {
    for (const announced of [{ caller: PROGRESSIVE }, { callee: PROGRESSIVE }, { callee: CALLEE }, {}]) {
      await using test = await startRouter();
      await using session = await attachWith(test.router, announced);
      await session.register(PROCEDURE);
      session.send([MessageType.CALL, 2, { receive_progress: true }, PROCEDURE]);
      expect((await session.next())[3]).to.eql({ receive_progress: true });
      session.send([MessageType.YIELD, 1, { progress: true }, ['part']]);
      session.send([MessageType.YIELD, 1, {}, ['last']]);
      expect(await session.next()).to.eql([MessageType.RESULT, 2, { progress: true }, ['part']]);
      expect(await session.next()).to.eql([MessageType.RESULT, 2, {}, ['last']]);
    }
  });

  it('are dropped if the caller has not requested them, and the call continues', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: PROGRESSIVE });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    await callee.next();
    callee.send([MessageType.YIELD, 1, { progress: true }, ['part']]);
    callee.send([MessageType.YIELD, 1, {}, ['last']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}, ['last']]);
  });

  it('are dropped after the last one', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    await using caller = await attachWith(test.router, { caller: PROGRESSIVE });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { receive_progress: true }, PROCEDURE]);
    await callee.next();
    for (const options of [{}, { progress: true }]) callee.send([MessageType.YIELD, 1, options]);
    expect(await callee.pending()).to.eql([]);
    expect(await caller.pending()).to.eql(['[50,1,{}]']);
  });

  it('end when the caller leaves: the callee is interrupted', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: CALLEE });
    const caller = await attachWith(test.router, { caller: PROGRESSIVE });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { receive_progress: true }, PROCEDURE]);
    await callee.next();
    await caller[Symbol.asyncDispose]();
    expect(await callee.next()).to.eql([MessageType.INTERRUPT, 1, { mode: 'killnowait' }]);
    callee.send([MessageType.YIELD, 1, { progress: true }]);
    expect(await callee.pending()).to.eql([]);
  });

  it('contain the attributes of payload passthru mode, or become an error if the caller has not announced it', async () => {
    await using test = await startRouter();
    const passthru = 'payload_passthru_mode';
    await using callee = await attachWith(test.router, { callee: [...CALLEE, passthru] });
    await using caller = await attachWith(test.router, { caller: [...PROGRESSIVE, passthru] });
    await using plain = await attachWith(test.router, { caller: PROGRESSIVE });
    await callee.register(PROCEDURE);
    for (const client of [caller, plain]) client.send([MessageType.CALL, 1, { receive_progress: true }, PROCEDURE]);
    for (const invocation of [1, 2]) {
      await callee.next();
      callee.send([MessageType.YIELD, invocation, { progress: true, ppt_scheme: 'x_mine' }, ['cipher']]);
    }
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, { progress: true, ppt_scheme: 'x_mine' }, ['cipher']]);
    expect((await plain.next()).slice(0, 5)).to.eql([
      MessageType.ERROR,
      MessageType.CALL,
      1,
      {},
      Uri.FEATURE_NOT_SUPPORTED,
    ]);
    expect(await callee.next()).to.eql([MessageType.INTERRUPT, 2, { mode: 'killnowait' }]);
    expect((await callee.next()).slice(0, 5)).to.eql([
      MessageType.ERROR,
      MessageType.YIELD,
      2,
      {},
      Uri.FEATURE_NOT_SUPPORTED,
    ]);
  });
});
