import { expect } from 'chai';
import { until } from '../support/deadline.ts';
import { DirectSession } from '../support/direct-realm.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { openRealm } from '../support/realm.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const topic = 'com.example.topic';

describe('listSessions()', () => {
  it('returns identity, subscriptions and registrations of a session', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, { authid: 'joe', authrole: 'backend' });
    await joe.subscribe(topic);
    const second = await joe.subscribe('com.example', { match: 'prefix' });
    await joe.register('com.example.procedure');
    const { count, sessions } = test.router.realm('realm1').listSessions();
    expect(count).to.equal(1);
    expect(sessions[0]).to.deep.include({
      session: joe.session,
      authid: 'joe',
      authrole: 'backend',
      transport: { type: 'memory', peer: 'memory' },
      waitingBytes: 0,
      subscriptions: 2,
      topics: [topic, 'com.example'],
      registrations: 1,
      procedures: ['com.example.procedure'],
    });
    await joe.request(34, second);
    expect(test.router.realm('realm1').listSessions().sessions[0]).to.deep.include({
      subscriptions: 1,
      topics: [topic],
    });
  });

  it('returns some topics and procedures, and the number of all', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router);
    for (let index = 0; index < 30; index += 1) {
      await joe.subscribe(`com.example.topic${index}`);
      await joe.register(`com.example.procedure${index}`);
    }
    const [session] = test.router.realm('realm1').listSessions().sessions;
    expect(session).to.include({ subscriptions: 30, registrations: 30 });
    expect(session?.topics).to.have.length(20);
    expect(session?.procedures).to.have.length(20);
  });

  it('sorts sessions with waiting bytes first', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router);
    using stalled = await RawSocket.connect(test.listener.port);
    stalled.upgrade('/ws');
    stalled.frame(1, Buffer.from('[1,"realm1",{"roles":{"subscriber":{}}}]'));
    stalled.frame(1, Buffer.from(`[32,1,{},"${topic}"]`));
    await until(() => stalled.received.includes('[33,1,'), 'SUBSCRIBED');
    stalled.socket.pause();
    const first = () => test.router.realm('realm1').listSessions({ limit: 1 });
    expect(first().sessions[0]?.session).to.equal(publisher.session);
    // Bytes that the operating system has taken do not wait in the router.
    for (let sent = 0; first().sessions[0]?.waitingBytes === 0 && sent < 100; sent += 1) {
      await publisher.publish(topic, {}, ['x'.repeat(2 ** 20)]);
    }
    const { count, sessions } = first();
    expect(count).to.equal(2);
    expect(sessions).to.have.length(1);
    expect(sessions[0]?.transport.type).to.equal('websocket');
    expect(sessions[0]?.waitingBytes).to.be.greaterThan(2 ** 20 - 1);
  });

  it('finds sessions by id, authid, role and address', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, { authid: 'Joe', authrole: 'backend' });
    await using _ann = await WampClient.attach(test.router, { authid: 'ann', authrole: 'frontend' });
    const found = (search: string) => {
      const { count, sessions } = test.router.realm('realm1').listSessions({ search });
      return [count, ...sessions.map(({ authid }) => authid)];
    };
    expect(found('jo')).to.deep.equal([1, 'Joe']);
    expect(found('FRONT')).to.deep.equal([1, 'ann']);
    expect(found(String(joe.session))).to.deep.equal([1, 'Joe']);
    expect(found('memory')).to.deep.equal([2, 'Joe', 'ann']);
    expect(found('nobody')).to.deep.equal([0]);
  });

  it('reads details of the listed sessions only, among ten thousand', async () => {
    const { realm } = openRealm();
    for (let id = 1; id <= 10_000; id += 1) new DirectSession(realm, id);
    let reads = 0;
    const { subscriptions } = realm.broker;
    const { countOf } = subscriptions;
    subscriptions.countOf = (session) => {
      reads += 1;
      return countOf.call(subscriptions, session);
    };
    const { count, sessions } = realm.info.listSessions({ search: 'joe' });
    expect([count, sessions.length, reads]).to.deep.equal([10_000, 100, 100]);
  });
});

describe('closeSession()', () => {
  it('sends GOODBYE with the message, once', async () => {
    await using test = await startRouter();
    const joe = await WampClient.attach(test.router);
    const realm = test.router.realm('realm1');
    expect(realm.closeSession(joe.session, 'closed by an operator')).to.equal(true);
    expect(await joe.next()).to.deep.equal([6, { message: 'closed by an operator' }, 'wamp.close.killed']);
    expect(realm.closeSession(joe.session)).to.equal(false);
    expect(test.ends.map(({ cause }) => cause)).to.deep.equal(['killed']);
    await joe[Symbol.asyncDispose]();
  });
});
