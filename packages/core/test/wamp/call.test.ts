import { SessionLostError, WampError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type CallResult, PayloadText } from '../../src/wamp/index.ts';
import { joinScripted, type ScriptedSession } from '../support/join.ts';

/** The router closes, and its end of the TCP connection does not: nothing can be sent any more, and the session is not lost yet. */
async function beginClosing({ session, peer }: ScriptedSession): Promise<void> {
  peer.socket.pause();
  const closeFrame = [0x88, 0x02, 0x03, 0xe8];
  peer.socket.write(Buffer.from(closeFrame));
  const cannotSend = async () => {
    const refusal = await session.publish('com.example.topic').catch((error: unknown) => error);
    return refusal instanceof SessionLostError;
  };
  await waitFor(cannotSend, { what: 'the connection to be closing' });
  expect(session.lost.aborted).to.equal(false);
}

describe('WAMP session', () => {
  it('announces call canceling as a callee and progressive call results as a caller (AutobahnJS trap 1)', async () => {
    await using test = await joinScripted();
    const { hello } = test;
    expect(hello).to.have.nested.property('roles.callee.features.call_canceling', true);
    expect(hello).to.have.nested.property('roles.caller.features.progressive_call_results', true);
  });

  it('sends GOODBYE when it leaves, which may be called twice', async () => {
    await using test = await joinScripted();
    const leaving = test.session.leave();
    expect((await test.peer.next())[0]).to.equal(6);
    test.peer.send([6, {}, 'wamp.close.goodbye_and_out']);
    await leaving;
    expect(test.session.lost.aborted).to.equal(true);
    await test.session.leave();
  });

  it('leaves although the router does not answer', async () => {
    await using test = await joinScripted();
    await withDeadline(test.session.leave(), 10_000, 'the session to leave');
    expect(test.session.lost.aborted).to.equal(true);
  });

  it('leaves although the connection is closing', async () => {
    await using test = await joinScripted();
    await beginClosing(test);
    const leaving = test.session.leave();
    test.peer.webSocket.terminate();
    await withDeadline(leaving, 10_000, 'the session to leave');
    expect(test.session.lost.aborted).to.equal(true);
  });
});

describe('WAMP session: call', () => {
  it('fails with SessionLostError if it is canceled while the connection is closing', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const controller = new AbortController();
    const answer = rejection(session.call('com.example.slow', [], {}, { signal: controller.signal }));
    const { result, cancel } = session.startCall('com.example.slow', PayloadText.of([]));
    const other = rejection(result);
    await peer.next();
    await beginClosing(test);
    controller.abort();
    cancel();
    peer.webSocket.terminate();
    for (const error of [await answer, await other]) expect(error).to.be.instanceOf(SessionLostError);
  });

  it('is canceled by its signal in mode kill, and the connection stays open (AutobahnJS trap 2)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const controller = new AbortController();
    const answer = rejection<WampError>(session.call('com.example.slow', [], {}, { signal: controller.signal }));
    const [, request] = await peer.next();
    controller.abort();
    expect(await peer.next()).to.deep.equal([49, request, { mode: 'kill' }]);
    peer.send([8, 48, request, {}, 'wamp.error.canceled']);
    expect((await answer).error).to.equal('wamp.error.canceled');
    expect(await peer.isOpen()).to.equal(true);
    expect(session.lost.aborted).to.equal(false);
  });

  it('rejects with the reason of its cancellation before the router answers', async () => {
    await using test = await joinScripted();
    const { result, cancel } = test.session.startCall('com.example.slow', PayloadText.of([]));
    const [, request] = await test.peer.next();
    const reason = new Error('nobody waits for it');
    cancel(reason);
    expect(await rejection(result)).to.equal(reason);
    expect(await test.peer.next()).to.deep.equal([49, request, { mode: 'kill' }]);
    test.peer.send([8, 48, request, {}, 'wamp.error.canceled']);
    expect(await test.peer.isOpen()).to.equal(true);
  });

  it('is not sent if its signal has already aborted', async () => {
    await using test = await joinScripted();
    const signal = AbortSignal.abort(new Error('too late'));
    expect((await rejection(test.session.call('com.example.call', [], {}, { signal }))).message).to.equal('too late');
    expect(await test.peer.isOpen()).to.equal(true);
    expect(test.peer.frames).to.have.length(1);
  });

  it('ignores its signal after the answer and after the end of the session', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const controllers = [new AbortController(), new AbortController()] as const;
    const done = session.call('com.example.one', [], {}, { signal: controllers[0].signal });
    const [, request] = await peer.next();
    peer.send([50, request, {}]);
    await done;
    const lost = rejection(session.call('com.example.two', [], {}, { signal: controllers[1].signal }));
    await peer.next();
    peer.webSocket.terminate();
    await lost;
    for (const controller of controllers) controller.abort();
    expect(peer.frames).to.have.length(3);
  });

  it('returns progressive results to the right call (AutobahnJS trap 3)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const progress: Record<string, CallResult[]> = { one: [], two: [] };
    const calls = ['one', 'two'].map((name) =>
      session.call('com.example.rows', [name], {}, { onProgress: (result) => progress[name]?.push(result) }),
    );
    const [one, two] = [await peer.next(), await peer.next()];
    expect(one[2]).to.deep.equal({ receive_progress: true });
    peer.send([50, two[1], { progress: true }, ['b']]);
    peer.send([50, one[1], { progress: true }, [['a']], { row: 1 }]);
    peer.send([50, one[1], {}, ['end of one']]);
    peer.send([50, two[1], {}, ['end of two']]);
    expect((await Promise.all(calls)).map(({ args }) => args)).to.deep.equal([['end of one'], ['end of two']]);
    expect(progress).to.deep.equal({
      one: [{ args: [['a']], kwargs: { row: 1 } }],
      two: [{ args: ['b'], kwargs: {} }],
    });
  });

  const results: [payload: unknown[], result: CallResult][] = [
    [[], { args: [], kwargs: {} }],
    [[[]], { args: [], kwargs: {} }],
    [[[null]], { args: [null], kwargs: {} }],
    [[['x']], { args: ['x'], kwargs: {} }],
    [[[['x']]], { args: [['x']], kwargs: {} }],
    [[[1, 2]], { args: [1, 2], kwargs: {} }],
    [[[], { a: 1 }], { args: [], kwargs: { a: 1 } }],
    [[[{ args: [1], kwargs: {} }]], { args: [{ args: [1], kwargs: {} }], kwargs: {} }],
  ];
  for (const [payload, result] of results) {
    it(`returns ${JSON.stringify(payload)} exactly (AutobahnJS trap 14)`, async () => {
      await using test = await joinScripted();
      const answer = test.session.call('com.example.call');
      const [, request] = await test.peer.next();
      test.peer.send([50, request, {}, ...payload]);
      expect(await answer).to.deep.equal(result);
    });
  }

  it("fails with the URI, arguments and keyword arguments of the callee's error", async () => {
    await using test = await joinScripted();
    const answer = rejection<WampError>(test.session.call('com.example.call'));
    const [, request] = await test.peer.next();
    test.peer.send([8, 48, request, {}, 'com.example.error', ['a', [1]], { b: 2 }]);
    const error = await answer;
    expect(error).to.be.instanceOf(WampError);
    expect(error).to.deep.include({ error: 'com.example.error', args: ['a', [1]], kwargs: { b: 2 } });
    expect(error.message).to.equal('com.example.error: a');
  });

  it('sends bytes as WAMP requires, and numbers with all digits (AutobahnJS traps 7 and 15)', async () => {
    await using test = await joinScripted();
    const answer = rejection(test.session.call('com.example.call', [new Uint8Array([16, 163, 255]), 2n ** 63n]));
    expect(await test.peer.nextText()).to.include('["\\u0000EKP/",9223372036854775808]');
    test.peer.webSocket.terminate();
    await answer;
  });

  it('does not modify the options (AutobahnJS trap 13)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const options = Object.freeze({ timeout: 1000, acknowledge: true, match: 'exact' });
    const pending = [
      session.call('com.example.call', [], {}, options),
      session.publish('com.example.topic', [], {}, options),
      session.subscribe('com.example.topic', () => undefined, options),
      session.register('com.example.procedure', () => undefined, options),
    ].map((answer) => rejection(answer));
    for (const _ of pending) await peer.next();
    peer.webSocket.terminate();
    await Promise.all(pending);
    expect(options).to.deep.equal({ timeout: 1000, acknowledge: true, match: 'exact' });
  });
});

describe('WAMP session: call with JSON text', () => {
  const callText = (session: Awaited<ReturnType<typeof joinScripted>>['session'], args = '[]') =>
    session.startCall('com.example.text', new PayloadText(args)).result;

  it('sends the text unchanged, and returns the result as the received text', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const payload = new PayloadText('[1.00, 12345678901234567890]', '{"b":1,"a":2}');
    const { result } = session.startCall('com.example.text', payload, { timeout: 5, disclose_me: true });
    const [type, request, options] = await peer.next();
    expect([type, options]).to.deep.equal([48, { timeout: 5, disclose_me: true }]);
    expect(peer.frames.at(-1)).to.match(/,"com.example.text",\[1.00, 12345678901234567890\],\{"b":1,"a":2\}\]$/);
    peer.send(`[50,${request},{},[[1.0,"]]"],{"}":2.00}],{"z":1e2,"a":[]}]`);
    expect(await result).to.deep.equal(new PayloadText('[[1.0,"]]"],{"}":2.00}]', '{"z":1e2,"a":[]}'));
  });

  it('finds the payload of a result in any valid JSON of the router', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const written: Record<string, PayloadText> = {
      '{}]': new PayloadText('[]'),
      '{},[]]': new PayloadText('[]'),
      '{"callee":"]}\\""},["\\\\",{"a":"]"}]]': new PayloadText('["\\\\",{"a":"]"}]'),
      ' {} , [ 1 ] ]': new PayloadText('[1]'),
      '{},[],{"a":"}]"}]': new PayloadText('[]', '{"a":"}]"}'),
      '{},[1], {"a":1} ]': new PayloadText('[1]', '{"a":1}'),
    };
    for (const [tail, payload] of Object.entries(written)) {
      const answer = callText(session);
      const [, request] = await peer.next();
      peer.send(`[50,${request},${tail}`);
      expect(await answer, tail).to.deep.equal(payload);
    }
  });

  it('returns progressive results as text, beside calls with values', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const progress: PayloadText[] = [];
    const text = session.startCall('com.example.rows', new PayloadText('[]'), {
      onProgress: (result) => progress.push(result),
    });
    const [, request, options] = await peer.next();
    const values = session.call('com.example.values');
    const [, other] = await peer.next();
    expect(options).to.deep.equal({ receive_progress: true });
    peer.send(`[50,${request},{"progress":true},[1.0]]`);
    peer.send(`[50,${other},{},[2.5]]`);
    peer.send(`[50,${request},{}]`);
    expect([await text.result, await values]).to.deep.equal([new PayloadText('[]'), { args: [2.5], kwargs: {} }]);
    expect(progress).to.deep.equal([new PayloadText('[1.0]')]);
  });

  it('is canceled in mode kill until it has ended', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const { result, cancel } = session.startCall('com.example.slow', new PayloadText('[]'));
    const refused = rejection<WampError>(result);
    const [, request] = await peer.next();
    cancel();
    expect(await peer.next()).to.deep.equal([49, request, { mode: 'kill' }]);
    peer.send([8, 48, request, {}, 'wamp.error.canceled']);
    expect((await refused).error).to.equal('wamp.error.canceled');
    cancel();
    void session.publish('com.example.next');
    expect((await peer.next())[0]).to.equal(16);
  });

  it('fails with the error of the callee, and after a malformed message that ends the session', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const refused = rejection<WampError>(callText(session));
    const [, request] = await peer.next();
    peer.send(`[8,48,${request},{},"com.example.error",[1.50]]`);
    expect(JSON.stringify((await refused).args)).to.equal('[1.50]');
    const lost = rejection(callText(session));
    const [, last] = await peer.next();
    peer.send(`[50,${last},{"a"`);
    expect((await lost).message).to.include('WAMP session lost');
  });
});
