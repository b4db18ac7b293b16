import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';

describe('Call', () => {
  it('reaches the callee, and returns its result', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.open(test.url);
    await using caller = await WampClient.attach(test.router);
    const registration = await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 4711, {}, PROCEDURE, [1], { a: 2 }]);
    expect(await callee.next()).to.eql([MessageType.INVOCATION, 1, registration, {}, [1], { a: 2 }]);
    callee.send([MessageType.YIELD, 1, {}, ['result'], { b: 3 }]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 4711, {}, ['result'], { b: 3 }]);
    expect(test.router.stats()).to.include({ calls: 1, pendingCalls: 0, registrations: 1 });
  });

  it('may be answered out of order', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    for (const request of [1, 2, 3]) caller.send([MessageType.CALL, request, {}, PROCEDURE, [request]]);
    const invocations = [await callee.next(), await callee.next(), await callee.next()];
    expect(invocations.map(([, invocation]) => invocation)).to.eql([1, 2, 3]);
    for (const [, invocation, , , args] of invocations.reverse())
      callee.send([MessageType.YIELD, invocation, {}, args]);
    for (const request of [3, 2, 1]) expect(await caller.next()).to.eql([MessageType.RESULT, request, {}, [request]]);
  });

  it('may be answered by the caller itself', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await client.register(PROCEDURE);
    expect((await client.request(48, {}, PROCEDURE))[0]).to.equal(68);
    client.send([MessageType.YIELD, 1, {}]);
    expect(await client.next()).to.eql([MessageType.RESULT, 2, {}]);
  });

  it("returns the callee's error with its arguments", async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 9, {}, PROCEDURE]);
    await callee.next();
    callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, 'com.example.error.oops', ['why'], { code: 5 }]);
    expect(await caller.next()).to.eql([
      MessageType.ERROR,
      MessageType.CALL,
      9,
      {},
      'com.example.error.oops',
      ['why'],
      { code: 5 },
    ]);
  });

  it("ends with wamp.error.invalid_uri if the URI of the callee's error is invalid", async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 9, {}, PROCEDURE]);
    await callee.next();
    callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, 'not a URI', ['why']]);
    expect(await caller.next()).to.eql([MessageType.ERROR, MessageType.CALL, 9, {}, Uri.INVALID_URI, ['why']]);
  });

  it('fails immediately without a procedure', async () => {
    await using test = await startRouter();
    await using caller = await WampClient.attach(test.router);
    const [type, requestType, request, details, error] = await caller.request(48, {}, PROCEDURE);
    expect([type, requestType, request, details, error]).to.eql([
      MessageType.ERROR,
      MessageType.CALL,
      1,
      {},
      Uri.NO_SUCH_PROCEDURE,
    ]);
  });

  it('fails immediately if the callee disconnects, sends GOODBYE or violates the protocol', async () => {
    await using test = await startRouter();
    await using caller = await WampClient.attach(test.router);
    const ways: ((callee: WampClient) => unknown)[] = [
      (callee) => callee[Symbol.asyncDispose](),
      (callee) => callee.send([MessageType.GOODBYE, {}, 'wamp.close.normal']),
      (callee) => callee.sendText('[]'),
    ];
    for (const leave of ways) {
      const callee = await WampClient.open(test.url);
      await callee.register(PROCEDURE);
      const id = caller.nextRequest();
      caller.send([MessageType.CALL, id, {}, PROCEDURE]);
      await callee.next();
      await leave(callee);
      const [type, requestType, request, , error] = await caller.next();
      expect([type, requestType, request, error]).to.eql([MessageType.ERROR, MessageType.CALL, id, Uri.CANCELED]);
      await callee.closed;
    }
    expect(test.router.stats()).to.include({ registrations: 0, pendingCalls: 0 });
  });

  it('is forgotten if the caller leaves; the late result is ignored', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    for (const answer of [
      [MessageType.YIELD, 1, {}],
      [MessageType.ERROR, MessageType.INVOCATION, 2, {}, 'com.example.error.oops'],
    ]) {
      const caller = await WampClient.attach(test.router);
      caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
      await callee.next();
      expect(test.router.stats().pendingCalls).to.equal(1);
      await caller[Symbol.asyncDispose]();
      expect(test.router.stats().pendingCalls).to.equal(0);
      callee.send(answer);
    }
    expect(await callee.pending()).to.eql([]);
  });

  it('returns the first result if it is answered twice', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    await callee.next();
    for (const answer of ['first', 'second']) callee.send([MessageType.YIELD, 1, {}, [answer]]);
    expect(await callee.pending()).to.eql([]);
    expect((await caller.pending()).map((frame) => JSON.parse(frame))).to.eql([[MessageType.RESULT, 1, {}, ['first']]]);
  });

  it('cannot be answered by another session', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await using intruder = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    await callee.next();
    intruder.send([MessageType.YIELD, 1, {}, ['forged']]);
    expect((await intruder.next())[2]).to.equal(Uri.PROTOCOL_VIOLATION);
    callee.send([MessageType.YIELD, 1, {}, ['genuine']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 1, {}, ['genuine']]);
  });

  it('discloses the caller with disclose_me', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, { disclose_me: true }, PROCEDURE]);
    caller.send([MessageType.CALL, 2, {}, PROCEDURE]);
    const identity = { caller: caller.session, caller_authid: 'joe', caller_authrole: 'staff' };
    expect((await callee.next())[3]).to.eql(identity);
    expect((await callee.next())[3]).to.eql({});
  });

  it('is refused beyond the limit of pending calls of a caller', async () => {
    await using test = await startRouter({ limits: { maxPendingCalls: 1 } });
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    await callee.register(PROCEDURE);
    caller.send([MessageType.CALL, 1, {}, PROCEDURE]);
    caller.send([MessageType.CALL, 2, {}, PROCEDURE]);
    const [, , request, , error] = await caller.next();
    expect([request, error]).to.eql([2, Uri.UNAVAILABLE]);
  });
});

describe('Registration', () => {
  it('has one callee only by default', async () => {
    await using test = await startRouter();
    await using first = await WampClient.attach(test.router);
    await using second = await WampClient.attach(test.router);
    await first.register(PROCEDURE);
    for (const client of [first, second]) {
      expect((await client.request(64, {}, PROCEDURE))[4]).to.equal(Uri.PROCEDURE_ALREADY_EXISTS);
    }
  });

  it('ends with UNREGISTER; pending calls may still be answered', async () => {
    await using test = await startRouter();
    await using callee = await WampClient.attach(test.router);
    await using caller = await WampClient.attach(test.router);
    const registration = await callee.register(PROCEDURE);
    expect((await caller.request(66, registration))[4]).to.equal(Uri.NO_SUCH_REGISTRATION);
    caller.send([MessageType.CALL, 7, {}, PROCEDURE]);
    await callee.next();
    expect(await callee.request(66, registration)).to.eql([67, 2]);
    expect((await callee.request(66, registration))[4]).to.equal(Uri.NO_SUCH_REGISTRATION);
    callee.send([MessageType.YIELD, 1, {}, ['late']]);
    expect(await caller.next()).to.eql([MessageType.RESULT, 7, {}, ['late']]);
    expect((await caller.request(48, {}, PROCEDURE))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
    expect(await caller.register(PROCEDURE)).not.to.equal(registration);
  });

  it('is refused beyond the limit of registrations of a session', async () => {
    await using test = await startRouter({ limits: { maxRegistrations: 1 } });
    await using client = await WampClient.attach(test.router);
    await client.register('com.one');
    expect((await client.request(64, {}, 'com.two'))[4]).to.equal(Uri.NOT_AUTHORIZED);
  });
});
