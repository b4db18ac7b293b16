import { expect } from 'chai';
import { FakeRouter, welcoming } from './support/fake-router.ts';
import { page } from './support/page.ts';

const { Connection } = await page('connection.js');

/** A connection to a fake router, and everything that its listener hears; `until` waits for it. */
function connected(router: FakeRouter, options: object = {}) {
  const heard: string[] = [];
  const delays: number[] = [];
  let wake = () => {};
  const hear = (text: string) => {
    heard.push(text);
    wake();
  };
  const connection = new Connection(
    { url: router.url, realm: 'realm1', firstDelay: 10, longestDelay: 40, ...options },
    {
      onState: (state: string, error?: Error, delay?: number) => {
        if (delay !== undefined) delays.push(delay);
        hear(error ? `${state}: ${error.message}` : state);
      },
      onTopic: (topic: string, state: string, error?: Error) =>
        hear(`${topic} ${state}${error ? `: ${error.message}` : ''}`),
      onEvent: (topic: string, { args }: { args: unknown[] }) => hear(`${topic} ${JSON.stringify(args)}`),
    },
  );
  const until = async (text: string, times = 1) => {
    while (heard.filter((one) => one.startsWith(text)).length < times) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { connection, heard, delays, until, [Symbol.asyncDispose]: () => connection.stop() };
}

describe('Console: connection', () => {
  it('subscribes after connecting, and passes events on with their topic', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    client.connection.subscribe('com.example.a');
    client.connection.start();
    await client.until('com.example.a subscribed');
    router.send([36, 100, 1, {}, [1]]);
    await client.until('com.example.a [1]');
    expect(client.heard.slice(0, 3)).to.deep.equal(['com.example.a pending', 'connecting', 'connected']);
  });

  it('reconnects after a loss, and subscribes again', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    client.connection.start();
    client.connection.subscribe('com.example.a');
    await client.until('com.example.a subscribed');
    router.cut();
    await client.until('lost: wamp.close.transport_lost');
    await client.until('com.example.a subscribed', 2);
    router.send([36, 100, 1, {}, ['again']]);
    await client.until('com.example.a ["again"]');
  });

  it('treats a router that no longer answers as lost, but not one that refuses the question or is busy with events', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router, { probeInterval: 100 });
    const welcome = router.answer;
    router.answer = (message) =>
      message[0] === 48 ? [8, 48, message[1], {}, 'wamp.error.not_authorized'] : welcome(message);
    client.connection.start();
    client.connection.subscribe('com.example.a');
    await client.until('com.example.a subscribed');
    await router.hears(48, 2);
    // It answers no more, but sends events.
    router.answer = welcome;
    const sending = setInterval(() => router.send([36, 100, 1, {}, []]), 20);
    await router.hears(48, 5);
    clearInterval(sending);
    expect(client.heard.filter((text) => text.startsWith('lost'))).to.deep.equal([]);
    await client.until('lost: wamp.error.timeout: the router did not answer within 50 ms');
    await client.until('com.example.a subscribed', 2);
  });

  it('increases the pause between attempts up to a limit, with jitter, and reports the reason', async () => {
    await using router = await FakeRouter.listen(() => [3, {}, 'wamp.error.no_such_realm']);
    await using client = connected(router);
    client.connection.start();
    await client.until('lost: wamp.error.no_such_realm', 5);
    for (const [index, highest] of [10, 20, 40, 40, 40].entries()) {
      expect(client.delays[index]).to.be.within(highest / 2, highest);
    }
  });

  it('does not subscribe again after unsubscribing', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    client.connection.start();
    for (const topic of ['com.example.a', 'com.example.b']) client.connection.subscribe(topic);
    await client.until('com.example.b subscribed');
    client.connection.unsubscribe('com.example.a');
    expect(await router.hears(34)).to.deep.equal([[34, 3, 100]]);
    router.cut();
    await client.until('com.example.b subscribed', 2);
    expect((await router.hears(32, 3)).map((message) => message[3])).to.deep.equal([
      'com.example.a',
      'com.example.b',
      'com.example.b',
    ]);
  });

  it('unsubscribes when a topic is dropped while its subscription is pending', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    client.connection.start();
    await client.until('connected');
    client.connection.subscribe('com.example.a');
    client.connection.unsubscribe('com.example.a');
    expect(await router.hears(34)).to.deep.equal([[34, 2, 100]]);
    expect(client.heard).to.not.include('com.example.a subscribed');
  });

  it('reports the topic that the router refuses, and keeps the others', async () => {
    const answer = welcoming();
    await using router = await FakeRouter.listen((message) =>
      message[3] === 'com.example.secret' ? [8, 32, message[1], {}, 'wamp.error.not_authorized'] : answer(message),
    );
    await using client = connected(router);
    client.connection.start();
    for (const topic of ['com.example.secret', 'com.example.b']) client.connection.subscribe(topic);
    await client.until('com.example.b subscribed');
    expect(client.heard).to.include('com.example.secret refused: wamp.error.not_authorized');
  });

  it('refuses a topic that is not a valid WAMP URI or is already subscribed, with a message for the user', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    const { connection } = client;
    connection.subscribe('com.example.a');
    expect(() => connection.subscribe('com.example.a')).to.throw(RangeError, '“com.example.a” is subscribed already');
    expect(() => connection.subscribe('com.*.a')).to.throw(RangeError, 'as in com..a');
  });

  it('subscribes to a pattern with its match policy', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    client.connection.start();
    client.connection.subscribe('com.example.*');
    client.connection.subscribe('com..log');
    await client.until('com..log subscribed');
    const subscriptions = router.heard.filter(([type]) => type === 32).map(([, , options, uri]) => [options, uri]);
    expect(subscriptions).to.deep.equal([
      [{ match: 'prefix' }, 'com.example.'],
      [{ match: 'wildcard' }, 'com..log'],
    ]);
  });

  it('makes no further attempt after stop(), and can be started again', async () => {
    await using router = await FakeRouter.listen();
    await using client = connected(router);
    client.connection.start();
    await client.until('connected');
    await client.connection.stop();
    await router.hears(6);
    client.connection.start();
    await client.until('connected', 2);
    expect(client.heard.filter((text) => text.startsWith('lost'))).to.deep.equal([]);
    expect(await router.hears(1, 2)).to.have.length(2);
  });
});
