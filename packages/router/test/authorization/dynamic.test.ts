import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { until } from '../support/deadline.ts';
import { type Answer, provide } from '../support/provider.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const authorizer = 'com.example.authorize';

function start(limits = {}): Promise<TestRouter> {
  return startRouter({ realms: [{ name: 'realm1', roles: [{ name: 'user', authorizer }] }], limits });
}

function attachUser({ router }: TestRouter): Promise<WampClient> {
  return WampClient.attach(router, { authrole: 'user', authid: 'joe' });
}

describe('Dynamic authorization', () => {
  it('calls the authorizer with session details, URI, action and options', async () => {
    await using test = await start();
    using authorizing = await provide(test.router, authorizer, () => [true]);
    await using client = await attachUser(test);
    await client.subscribe('com.example.topic', { match: 'prefix' });
    await client.publish('com.example.topic');
    await client.register('com.example.procedure');
    await client.request(48, {}, 'com.example.nothing');
    expect(authorizing.calls.map(([, uri, action, options]) => [uri, action, options])).to.eql([
      ['com.example.topic', 'subscribe', { match: 'prefix' }],
      ['com.example.topic', 'publish', { acknowledge: true }],
      ['com.example.procedure', 'register', {}],
      ['com.example.nothing', 'call', {}],
    ]);
    const details = { session: client.session, authid: 'joe', authrole: 'user', authmethod: 'anonymous' };
    expect(authorizing.calls[0]?.[0]).to.include(details);
  });

  const answers: [what: string, answer: Answer, outcome: string][] = [
    ['true', [true], 'allowed'],
    ['allow', [{ allow: true }], 'allowed'],
    ['false', [false], Uri.NOT_AUTHORIZED],
    ['allow: false', [{ allow: false, cache: true }], Uri.NOT_AUTHORIZED],
    ['nothing', [], Uri.AUTHORIZATION_FAILED],
    ['null', [null], Uri.AUTHORIZATION_FAILED],
    ['no boolean', [{ allow: 'yes' }], Uri.AUTHORIZATION_FAILED],
    ['an unknown key', [{ allow: true, disclosed: true }], Uri.AUTHORIZATION_FAILED],
    ['an error', { error: 'com.example.error.broken' }, Uri.AUTHORIZATION_FAILED],
  ];
  for (const [what, answer, expected] of answers) {
    it(`treats the answer ${what} as ${expected}`, async () => {
      await using test = await start();
      using _ = await provide(test.router, authorizer, () => answer);
      await using client = await attachUser(test);
      const [type, , , , error, args] = await client.request(32, {}, 'com.example.topic');
      expect(type === 33 ? 'allowed' : error).to.equal(expected);
      expect(JSON.stringify(args ?? '')).not.to.include('words');
    });
  }

  it('refuses the action if the authorizer is missing or does not answer in time', async () => {
    await using test = await start({ authorizationTimeout: 40 });
    await using client = await attachUser(test);
    expect((await client.request(32, {}, 'com.example.topic'))[4]).to.equal(Uri.AUTHORIZATION_FAILED);
    using _ = await provide(test.router, authorizer, () => undefined);
    expect((await client.request(32, {}, 'com.example.topic'))[4]).to.equal(Uri.AUTHORIZATION_FAILED);
    await until(() => test.router.stats().pendingCalls === 0, 'the call to the authorizer is over');
  });

  it('caches an answer with cache: true, by role, action and URI', async () => {
    await using test = await start();
    using authorizing = await provide(test.router, authorizer, (_details, uri) => [
      { allow: uri !== 'com.example.secret', cache: true },
    ]);
    await using one = await attachUser(test);
    await using other = await attachUser(test);
    for (const client of [one, other, one]) {
      await client.publish('com.example.topic');
      expect((await client.publish('com.example.secret'))[4]).to.equal(Uri.NOT_AUTHORIZED);
    }
    expect(authorizing.calls).to.have.length(2);
    await one.subscribe('com.example.topic');
    await one.subscribe('com.example.topic', { match: 'prefix' });
    expect(authorizing.calls).to.have.length(4);
  });

  it('does not cache an answer with cache: false', async () => {
    await using test = await start();
    using authorizing = await provide(test.router, authorizer, () => [{ allow: true, cache: false }]);
    await using client = await attachUser(test);
    for (const _ of [1, 2, 3]) await client.publish('com.example.topic');
    expect(authorizing.calls).to.have.length(3);
  });

  it('discloses the publisher if the answer requests it', async () => {
    await using test = await start();
    using _ = await provide(test.router, authorizer, () => [{ allow: true, disclose: true }]);
    await using client = await attachUser(test);
    await using subscriber = await WampClient.attach(test.router, { authrole: 'trusted' });
    await subscriber.subscribe('com.example.topic');
    await client.publish('com.example.topic');
    expect((await subscriber.next())[3]).to.include({ publisher: client.session, publisher_authid: 'joe' });
  });

  it('delays later messages of the session, in order, and no other session', async () => {
    await using test = await start();
    using authorizing = await provide(test.router, authorizer, (_details, uri) =>
      uri === 'com.example.slow' ? undefined : [true],
    );
    await using near = await attachUser(test);
    await using subscriber = await WampClient.attach(test.router, { authrole: 'trusted' });
    await subscriber.subscribe('com.example.', { match: 'prefix' });
    for (const name of ['slow', 'a', 'b'])
      near.send([MessageType.PUBLISH, near.nextRequest(), {}, `com.example.${name}`, [name]]);
    await until(() => authorizing.calls.length === 1, 'the authorizer is asked');
    await using other = await attachUser(test);
    await other.publish('com.example.other', {}, ['other']);
    expect((await subscriber.next())[4]).to.eql(['other']);
    authorizing.answer([true]);
    const names = [await subscriber.next(), await subscriber.next(), await subscriber.next()].map((event) => event[4]);
    expect(names).to.eql([['slow'], ['a'], ['b']]);
  });

  it('stops reading from a session whose request is pending', async () => {
    await using test = await start();
    using authorizing = await provide(test.router, authorizer, () => undefined);
    const socket = test.router.attach({ authrole: 'user' });
    socket.send('[1,"realm1",{"roles":{"caller":{}}}]');
    for (let request = 1; request <= 100; request++) socket.send(`[16,${request},{},"com.example.topic"]`);
    await until(() => authorizing.calls.length === 1, 'the authorizer is asked');
    const before = socket.bufferedAmount;
    expect(before).to.be.above(2_000);
    await using other = await WampClient.attach(test.router, { authrole: 'trusted' });
    await other.publish('com.example.topic');
    expect(socket.bufferedAmount).to.equal(before);
    for (let asked = 1; asked <= 100; asked++) {
      await until(() => authorizing.calls.length === asked, 'the authorizer is asked');
      authorizing.answer([true]);
    }
    await until(() => test.router.stats().publications === 101, 'all are published');
    expect(socket.bufferedAmount).to.equal(0);
    socket.close();
  });

  it('ignores an answer for a session that has ended', async () => {
    await using test = await start();
    using authorizing = await provide(test.router, authorizer, () => undefined);
    const client = await attachUser(test);
    client.send([MessageType.SUBSCRIBE, client.nextRequest(), {}, 'com.example.topic']);
    client.send([MessageType.SUBSCRIBE, client.nextRequest(), {}, 'com.example.other']);
    await until(() => authorizing.calls.length === 1, 'the authorizer is asked');
    const { session } = client;
    await using trusted = await WampClient.attach(test.router, { authrole: 'trusted' });
    await trusted.request(48, {}, 'wamp.session.kill', [session]);
    expect((await client.next()).slice(0, 1)).to.eql([6]);
    authorizing.answer([true]);
    await client[Symbol.asyncDispose]();
    await until(() => test.router.stats().connections === 2, 'the connection is gone');
    expect(test.router.stats()).to.include({ subscriptions: 0, pendingCalls: 0 });
    expect(authorizing.calls).to.have.length(1);
    expect(test.errors).to.eql([]);
  });
});
