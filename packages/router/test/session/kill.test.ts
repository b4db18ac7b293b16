import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { until } from '../support/deadline.ts';
import { provide } from '../support/provider.ts';
import { openRealm } from '../support/realm.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

describe('Killed session', () => {
  it('receives the reason, and ends before it answers', async () => {
    const { realm, ends, attach } = openRealm();
    await using killer = await attach();
    await using victim = await attach();
    await victim.subscribe('com.example.topic');
    await killer.request(48, {}, 'wamp.session.kill', [victim.session], { reason: 'x.enough', message: 'go' });
    expect(await victim.next()).to.eql([6, { message: 'go' }, 'x.enough']);
    expect(realm.broker.subscriptions.size).to.equal(0);
    expect(ends).to.have.length(1);
    expect(ends[0]).to.include({ session: victim.session, cause: 'killed', message: 'x.enough' });
    victim.send([MessageType.SUBSCRIBE, 9, {}, 'com.example.other']);
    victim.send([MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    expect((await victim.closed).code).to.equal(1000);
    expect(realm.broker.subscriptions.size).to.equal(0);
    expect(ends).to.have.length(1);
  });

  it('is closed without an answer after the timeout', async () => {
    const { attach } = openRealm(undefined, { closeTimeout: 30 });
    await using killer = await attach();
    await using victim = await attach();
    await killer.request(48, {}, 'wamp.session.kill', [victim.session]);
    expect(await victim.closed).to.include({ code: 1000 });
  });

  it('is closed with a shortened reason if that does not fit into a close frame', async () => {
    const reason = `x.${'é'.repeat(100)}`;
    await using test = await startRouter({ limits: { closeTimeout: 30 } });
    await using killer = await WampClient.open(test.url);
    await using victim = await WampClient.open(test.url);
    await killer.request(48, {}, 'wamp.session.kill', [victim.session], { reason });
    expect(await victim.next()).to.eql([6, {}, reason]);
    expect(await victim.closed).to.eql({ code: 1000, reason: `x.${'é'.repeat(59)}…` });
  });

  it('is closed by its answer, even if its requests wait for an authorizer', async () => {
    const authorizer = 'com.example.authorize';
    await using test = await startRouter({ realms: [{ name: 'realm1', roles: [{ name: 'user', authorizer }] }] });
    using authorizing = await provide(test.router, authorizer, () => undefined);
    await using killer = await WampClient.attach(test.router, { authrole: 'trusted' });
    await using victim = await WampClient.attach(test.router, { authrole: 'user' });
    for (const topic of ['com.example.a', 'com.example.b'])
      victim.send([MessageType.PUBLISH, victim.nextRequest(), {}, topic]);
    await until(() => authorizing.calls.length === 1, 'the authorizer is asked');
    await killer.request(48, {}, 'wamp.session.kill', [victim.session]);
    expect((await victim.next())[0]).to.equal(6);
    victim.send([MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    expect((await victim.closed).code).to.equal(1000);
    authorizing.answer([true]);
    await until(() => test.router.stats().pendingCalls === 0, 'the authorizer has answered');
    expect(test.router.stats().publications).to.equal(0);
    expect(authorizing.calls).to.have.length(1);
  });
});
