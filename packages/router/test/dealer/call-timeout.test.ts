import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { type Announced, attachWith } from '../support/attach-with.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';
import { startRouter } from '../support/router.ts';

const PROCEDURE = 'com.example.procedure';
const PROGRESS = 'progressive_call_results';

/** A callee of {@link PROCEDURE} and a caller. */
function connect(
  callee: Announced['callee'] = [],
  options: object = {},
): [caller: DirectSession, callee: DirectSession] {
  const realm = createRealm();
  const registered = new DirectSession(realm, 1, { callee });
  registered.request([MessageType.REGISTER, 1, options, PROCEDURE]);
  return [new DirectSession(realm, 2, { caller: [PROGRESS] }), registered];
}

function outcomes({ received }: DirectSession): unknown[] {
  return received.map((message) => message.slice(0, 5));
}

describe('Call timeout', () => {
  it('ends the call with an error, interrupts the callee, and drops a late result', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router, { callee: ['call_canceling'] });
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { timeout: 5 }, PROCEDURE]);
    expect((await callee.next())[3]).to.eql({});
    expect((await caller.next()).slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.TIMEOUT]);
    expect(await callee.next()).to.eql([MessageType.INTERRUPT, 1, { mode: 'killnowait' }]);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await callee.pending()).to.eql([]);
    expect(await caller.pending()).to.eql([]);
    expect(test.router.stats().pendingCalls).to.equal(0);
  });

  it('has a length in milliseconds, and 0 means none', () => {
    using clock = new FakeClock();
    const [caller] = connect();
    for (const [request, timeout] of [1000, 0, 2000].entries())
      caller.request([MessageType.CALL, request + 1, { timeout }, PROCEDURE]);
    clock.pass(999);
    expect(caller.received).to.eql([]);
    clock.pass(1);
    expect(outcomes(caller)).to.eql([[MessageType.ERROR, MessageType.CALL, 1, {}, Uri.TIMEOUT]]);
    clock.pass(1000);
    clock.pass(2 ** 40);
    expect(outcomes(caller).slice(1)).to.eql([[MessageType.ERROR, MessageType.CALL, 3, {}, Uri.TIMEOUT]]);
  });

  it('does not interrupt a callee that has not announced call canceling', () => {
    using clock = new FakeClock();
    const [caller, callee] = connect();
    caller.request([MessageType.CALL, 1, { timeout: 10 }, PROCEDURE]);
    clock.pass(10);
    expect(outcomes(caller)).to.eql([[MessageType.ERROR, MessageType.CALL, 1, {}, Uri.TIMEOUT]]);
    expect(callee.of(69)).to.eql([]);
  });

  it('has no effect after the result', () => {
    using clock = new FakeClock();
    const [caller, callee] = connect();
    caller.request([MessageType.CALL, 1, { timeout: 10 }, PROCEDURE]);
    callee.request([MessageType.YIELD, 1, {}]);
    clock.pass(20);
    expect(caller.received).to.eql([[MessageType.RESULT, 1, {}]]);
  });

  it('starts again with every progressive result', () => {
    using clock = new FakeClock();
    const [caller, callee] = connect([PROGRESS, 'call_canceling']);
    caller.request([MessageType.CALL, 1, { timeout: 10, receive_progress: true }, PROCEDURE]);
    for (let part = 1; part <= 5; part++) {
      clock.pass(9);
      callee.request([MessageType.YIELD, 1, { progress: true }, [part]]);
    }
    clock.pass(9);
    expect(caller.received).to.have.length(5);
    clock.pass(1);
    expect(outcomes(caller)[5]).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.TIMEOUT]);
  });

  it('is forwarded to a callee that has announced it and requests it', () => {
    using clock = new FakeClock();
    const [caller, callee] = connect(['call_timeout', PROGRESS], { forward_timeout: true });
    caller.request([MessageType.CALL, 1, { timeout: 10, receive_progress: true }, PROCEDURE]);
    expect(callee.of(68)[0]?.[3]).to.eql({ timeout: 10, receive_progress: true });
    clock.pass(20);
    callee.request([MessageType.YIELD, 1, { progress: true }]);
    clock.pass(20);
    callee.request([MessageType.ERROR, MessageType.INVOCATION, 1, {}, Uri.TIMEOUT]);
    expect(caller.received).to.eql([
      [MessageType.RESULT, 1, { progress: true }],
      [MessageType.ERROR, MessageType.CALL, 1, {}, Uri.TIMEOUT],
    ]);
  });

  it('is not forwarded to a callee that has only announced it, or only requests it', () => {
    for (const [features, options] of [
      [['call_timeout'], {}],
      [[], { forward_timeout: true }],
    ] as const) {
      using clock = new FakeClock();
      const [caller, callee] = connect(features, options);
      caller.request([MessageType.CALL, 1, { timeout: 10 }, PROCEDURE]);
      expect(callee.of(68)[0]?.[3]).to.eql({});
      clock.pass(10);
      expect(outcomes(caller)).to.eql([[MessageType.ERROR, MessageType.CALL, 1, {}, Uri.TIMEOUT]]);
    }
  });

  it('counts from the CALL while a call waits, until the callee receives it', () => {
    using clock = new FakeClock();
    const [caller, callee] = connect(['call_timeout'], { forward_timeout: true, concurrency: 1 });
    for (const request of [1, 2, 3]) caller.request([MessageType.CALL, request, { timeout: request * 10 }, PROCEDURE]);
    clock.pass(20);
    expect(outcomes(caller)).to.eql([[MessageType.ERROR, MessageType.CALL, 2, {}, Uri.TIMEOUT]]);
    callee.request([MessageType.YIELD, 1, {}]);
    expect(callee.of(68)[1]?.[3]).to.eql({ timeout: 30 });
    clock.pass(100);
    expect(caller.received).to.have.length(2);
  });

  it('is refused if it is not a number of milliseconds', () => {
    const [caller] = connect();
    for (const timeout of [-1, 0.5, '100', null]) caller.request([MessageType.CALL, 1, { timeout }, PROCEDURE]);
    expect(outcomes(caller)).to.eql(Array(4).fill([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.INVALID_ARGUMENT]));
  });

  it('may be longer than a timer of Node.js', async () => {
    await using test = await startRouter();
    await using callee = await attachWith(test.router);
    await using caller = await attachWith(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { timeout: 2 ** 53 }, PROCEDURE]);
    caller.send([MessageType.CALL, 2, { timeout: 2 }, PROCEDURE]);
    expect((await caller.next()).slice(2, 5)).to.eql([2, {}, Uri.TIMEOUT]);
    callee.send([MessageType.YIELD, 1, {}]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}]);
  });

  it('leaves nothing behind after thousands of calls', () => {
    using clock = new FakeClock();
    const [caller, callee] = connect();
    for (let request = 1; request <= 5_000; request++) {
      caller.request([MessageType.CALL, request, { timeout: 1000 + (request % 100) }, PROCEDURE]);
    }
    for (let invocation = 1; invocation <= 5_000; invocation++) callee.request([MessageType.YIELD, invocation, {}]);
    clock.pass(2000);
    expect(caller.of(50)).to.have.length(5_000);
    expect(caller.of(8)).to.eql([]);
  });
});
