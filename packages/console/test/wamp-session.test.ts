import { expect } from 'chai';
import { FakeRouter, welcoming } from './support/fake-router.ts';
import { page } from './support/page.ts';

const { WampError, WampSession } = await page('wamp.js');

interface Event {
  publication: number;
  args: unknown[];
  kwargs: Record<string, unknown>;
}

/** The error that a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<InstanceType<typeof WampError>> {
  const error = await promise.then(
    () => expect.fail('the promise should have been rejected'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(WampError);
  return error;
}

describe('Console: WAMP session', () => {
  it('sends HELLO with its roles, and is open after WELCOME', async () => {
    await using router = await FakeRouter.listen();
    const session = await WampSession.open(router.url, 'shop');
    expect(session.id).to.equal(4711);
    const [[type, realm, details] = []] = router.heard as [number, string, { roles: object }][];
    expect([type, realm]).to.deep.equal([1, 'shop']);
    expect(details?.roles).to.have.all.keys('subscriber', 'publisher', 'caller');
  });

  it('publishes with acknowledgement, and includes itself in the receivers', async () => {
    const welcome = welcoming();
    await using router = await FakeRouter.listen((message) =>
      message[0] === 16 ? [17, message[1], 99] : welcome(message),
    );
    const session = await WampSession.open(router.url, 'realm1');
    expect(await session.publish('com.example.a', [1], { b: 2 })).to.equal(99);
    expect(router.heard.at(-1)).to.deep.equal([
      16,
      1,
      { acknowledge: true, exclude_me: false },
      'com.example.a',
      [1],
      { b: 2 },
    ]);
  });

  it('calls, and passes on progressive results before the final one', async () => {
    await using router = await FakeRouter.listen();
    const session = await WampSession.open(router.url, 'realm1');
    const parts: unknown[] = [];
    const called = session.call('com.example.a', [], {}, { onProgress: (part: unknown) => parts.push(part) });
    const [call] = await router.hears(48);
    expect(call?.[2]).to.deep.equal({ receive_progress: true });
    router.send([50, call?.[1], { progress: true }, [1]]);
    router.send([50, call?.[1], {}, [2]]);
    expect(await called).to.deep.equal({ args: [2], kwargs: {} });
    expect(parts).to.deep.equal([{ args: [1], kwargs: {} }]);
  });

  it('cancels a call, which rejects with the error of the router', async () => {
    const welcome = welcoming();
    await using router = await FakeRouter.listen((message) =>
      message[0] === 49 ? [8, 48, message[1], {}, 'wamp.error.canceled'] : welcome(message),
    );
    const session = await WampSession.open(router.url, 'realm1');
    const cancel = new AbortController();
    const called = failure(session.call('com.example.a', [], {}, { signal: cancel.signal }));
    await router.hears(48);
    cancel.abort();
    expect((await called).error).to.equal('wamp.error.canceled');
  });

  it('rejects with the reason of ABORT', async () => {
    await using router = await FakeRouter.listen(() => [3, { message: 'no realm "shop"' }, 'wamp.error.no_such_realm']);
    const error = await failure(WampSession.open(router.url, 'shop'));
    expect(error.error).to.equal('wamp.error.no_such_realm');
    expect(error.message).to.equal('wamp.error.no_such_realm: no realm "shop"');
  });

  it('rejects if the router does not answer in time', async () => {
    await using router = await FakeRouter.listen(() => undefined);
    const error = await failure(WampSession.open(router.url, 'realm1', { deadline: 30 }));
    expect(error.message).to.contain('did not answer within 30 ms');
  });

  it('rejects if the connection fails, and names the URL', async () => {
    const router = await FakeRouter.listen();
    const { url } = router;
    await router[Symbol.asyncDispose]();
    const error = await failure(WampSession.open(url, 'realm1'));
    expect(error.error).to.equal('wamp.close.transport_lost');
    expect(error.message).to.contain(url);
  });

  it('passes events to the handler of their subscription, even an event in the same packet as SUBSCRIBED', async () => {
    const answer = welcoming();
    await using router = await FakeRouter.listen((message) => {
      const reply = answer(message);
      if (message[0] !== 32) return reply;
      router.send(reply ?? []);
      return [36, reply?.[2], 7, {}, ['hello'], { a: 1 }];
    });
    const session = await WampSession.open(router.url, 'realm1');
    const event = await new Promise<Event>((resolve) => session.subscribe('com.example.topic', resolve));
    expect(event).to.deep.include({ publication: 7, args: ['hello'], kwargs: { a: 1 } });
  });

  it('passes empty arguments if an event has none', async () => {
    await using router = await FakeRouter.listen();
    const session = await WampSession.open(router.url, 'realm1');
    const events: Event[] = [];
    const second = new Promise<void>((resolve) => {
      session.subscribe('com.example.topic', (event: Event) => events.push(event) === 2 && resolve());
    });
    await router.hears(32);
    router.send([36, 100, 1, {}]);
    router.send([36, 100, 2, {}, [], { a: 1 }]);
    await second;
    expect(events.map(({ args, kwargs }) => [args, kwargs])).to.deep.equal([
      [[], {}],
      [[], { a: 1 }],
    ]);
  });

  it('rejects a subscription with the ERROR of the router', async () => {
    await using router = await FakeRouter.listen((message) =>
      message[0] === 1 ? [2, 1, {}] : [8, 32, message[1], {}, 'wamp.error.not_authorized', ['not for you']],
    );
    const session = await WampSession.open(router.url, 'realm1');
    const error = await failure(session.subscribe('com.example.secret', () => undefined));
    expect(error.message).to.equal('wamp.error.not_authorized: not for you');
  });

  it('passes on no events after unsubscribing', async () => {
    await using router = await FakeRouter.listen();
    const session = await WampSession.open(router.url, 'realm1');
    const heard: string[] = [];
    const gone = await session.subscribe('com.example.gone', () => heard.push('gone'));
    await session.unsubscribe(gone);
    const there = new Promise<void>((resolve) => session.subscribe('com.example.there', () => resolve()));
    await router.hears(32, 2);
    router.send([36, gone, 1, {}]);
    router.send([36, 101, 2, {}]);
    await there;
    expect(heard).to.deep.equal([]);
  });

  it('settles all pending requests, and the promise closed, when the connection is cut', async () => {
    const answer = welcoming();
    await using router = await FakeRouter.listen((message) => (message[0] === 1 ? answer(message) : undefined));
    const session = await WampSession.open(router.url, 'realm1');
    const pending = [session.subscribe('com.example.a', () => undefined), session.unsubscribe(1)].map(failure);
    await router.hears(34);
    router.cut();
    for (const error of await Promise.all(pending)) expect(error.error).to.equal('wamp.close.transport_lost');
    expect((await session.closed).error).to.equal('wamp.close.transport_lost');
    expect((await failure(session.subscribe('com.example.b', () => undefined))).error).to.contain('transport_lost');
  });

  it('answers GOODBYE of the router, and ends with its reason', async () => {
    await using router = await FakeRouter.listen();
    const session = await WampSession.open(router.url, 'realm1');
    router.answer = () => undefined;
    router.send([6, { message: 'restarting' }, 'wamp.close.system_shutdown']);
    expect((await session.closed).message).to.equal('wamp.close.system_shutdown: restarting');
    expect(await router.hears(6)).to.deep.equal([[6, {}, 'wamp.close.goodbye_and_out']]);
  });

  it('sends GOODBYE once when it leaves', async () => {
    await using router = await FakeRouter.listen();
    const session = await WampSession.open(router.url, 'realm1');
    await Promise.all([session.leave(), session.leave()]);
    expect(await router.hears(6)).to.deep.equal([[6, {}, 'wamp.close.close_realm']]);
  });

  for (const text of ['{"no": "array"}', 'no JSON', '[99, 1]']) {
    it(`ends the session at ${text}, and includes it in the error`, async () => {
      await using router = await FakeRouter.listen();
      const session = await WampSession.open(router.url, 'realm1');
      router.send(text);
      const { error, message } = await session.closed;
      expect(error).to.equal('wamp.error.protocol_violation');
      expect(message).to.contain(text === '[99, 1]' ? 'type 99' : text);
    });
  }
});
