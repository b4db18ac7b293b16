import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { until } from './support/deadline.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const HELLO = [1, 'realm1', { roles: { caller: {} } }];

describe('Session', () => {
  it('begins with HELLO and WELCOME, in memory and by WebSocket', async () => {
    await using test = await startRouter();
    await using near = WampClient.over(test.router.attach());
    await using far = await WampClient.connect(test.url);
    for (const client of [near, far]) {
      client.send(HELLO);
      const [type, session, details] = (await client.next()) as [number, number, Record<string, unknown>];
      expect(type).to.equal(2);
      expect(session).to.be.within(1, 2 ** 53);
      expect(details).to.include({ realm: 'realm1', authrole: 'anonymous', authmethod: 'anonymous' });
      expect(details.authid).to.be.a('string').that.has.length.above(8);
    }
    expect(test.router.stats()).to.include({ sessions: 2, connections: 2, sessionsOpened: 2 });
  });

  it('announces only the supported features', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    expect(client.welcome.roles).to.eql({
      broker: {
        features: {
          publisher_exclusion: true,
          publisher_identification: true,
          subscriber_blackwhite_listing: true,
          pattern_based_subscription: true,
          event_history: true,
          event_retention: true,
          payload_passthru_mode: true,
          session_meta_api: true,
          subscription_meta_api: true,
        },
      },
      dealer: {
        features: {
          progressive_call_results: true,
          progressive_call_invocations: true,
          call_canceling: true,
          call_timeout: true,
          caller_identification: true,
          pattern_based_registration: true,
          shared_registration: true,
          registration_revocation: true,
          payload_passthru_mode: true,
          session_meta_api: true,
          registration_meta_api: true,
          testament_meta_api: true,
        },
      },
    });
  });

  it('has its own id and authid, for any HELLO', async () => {
    await using test = await startRouter();
    await using first = WampClient.over(test.router.attach());
    await using second = WampClient.over(test.router.attach());
    for (const client of [first, second])
      await client.join('realm1', { roles: { caller: {} }, authid: 'joe', authrole: 'admin' });
    expect(first.session).not.to.equal(second.session);
    expect(first.welcome.authid).not.to.equal(second.welcome.authid);
    for (const { welcome } of [first, second]) {
      expect(welcome.authid).not.to.equal('joe');
      expect(welcome.authrole).to.equal('anonymous');
    }
  });

  it('has the identity that the application has attached', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router, { authid: 'component', authrole: 'backend' });
    expect(client.welcome).to.include({ authid: 'component', authrole: 'backend' });
  });

  it('is refused for a realm that does not exist', async () => {
    await using test = await startRouter();
    await using client = await WampClient.connect(test.url);
    client.send([MessageType.HELLO, 'nowhere', { roles: { caller: {} } }]);
    const [type, , reason] = await client.next();
    expect([type, reason]).to.eql([MessageType.ABORT, Uri.NO_SUCH_REALM]);
    expect((await client.closed).code).to.equal(1000);
  });

  it('is refused if the client accepts other authentication methods only', async () => {
    await using test = await startRouter();
    await using client = WampClient.over(test.router.attach());
    client.send([MessageType.HELLO, 'realm1', { roles: { caller: {} }, authmethods: ['ticket'] }]);
    const [type, , reason] = await client.next();
    expect([type, reason]).to.eql([MessageType.ABORT, Uri.NO_MATCHING_AUTH_METHOD]);
  });

  it('has to begin in time: a connection without HELLO is closed', async () => {
    await using test = await startRouter({ limits: { helloTimeout: 30 } });
    await using near = WampClient.over(test.router.attach());
    await using far = await WampClient.connect(test.url);
    for (const client of [near, far]) {
      const [type, , reason] = await client.next();
      expect([type, reason]).to.eql([MessageType.ABORT, Uri.PROTOCOL_VIOLATION]);
      await client.closed;
    }
  });

  it('is separated from other realms', async () => {
    await using test = await startRouter({ realms: ['realm1', { name: 'realm2' }] });
    await using here = await WampClient.attach(test.router);
    await using there = WampClient.over(test.router.attach());
    await there.join('realm2');
    await here.subscribe('com.example.topic');
    await here.register('com.example.procedure');
    await there.publish('com.example.topic');
    expect((await there.request(48, {}, 'com.example.procedure'))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
    expect(await here.pending()).to.eql([]);
    expect(test.router.realm('realm2')).to.include({ sessions: 1, subscriptions: 0, registrations: 0 });
  });

  it('ends with GOODBYE of the client, which is answered', async () => {
    await using test = await startRouter();
    await using near = await WampClient.attach(test.router);
    await using far = await WampClient.open(test.url);
    for (const client of [near, far]) {
      client.send([MessageType.GOODBYE, {}, 'wamp.close.close_realm']);
      expect(await client.next()).to.eql([6, {}, 'wamp.close.goodbye_and_out']);
      expect((await client.closed).code).to.equal(1000);
    }
    expect(test.ends.map(({ cause, message }) => [cause, message])).to.eql([
      ['goodbye', 'wamp.close.close_realm'],
      ['goodbye', 'wamp.close.close_realm'],
    ]);
  });

  it("ends when the router closes, with GOODBYE and the client's answer", async () => {
    await using test = await startRouter();
    await using near = await WampClient.attach(test.router);
    await using far = await WampClient.open(test.url);
    const closed = test.router.close();
    for (const client of [near, far]) {
      const [type, , reason] = await client.next();
      expect([type, reason]).to.eql([6, Uri.SYSTEM_SHUTDOWN]);
      client.send([MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    }
    await closed;
    expect(test.router.stats()).to.include({ connections: 0, sessions: 0 });
    expect(test.router.stats().sessionsEnded).to.include({ shutdown: 2 });
  });

  it('ends with ABORT of the client, which is not answered', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    client.send([MessageType.ABORT, {}, 'com.example.error.enough']);
    await client.closed;
    expect(test.ends).to.have.length(1);
    expect(test.ends[0]).to.include({ cause: 'aborted', message: 'com.example.error.enough', session: client.session });
  });

  it('ends with its connection, together with its subscriptions and registrations', async () => {
    await using test = await startRouter();
    const client = await WampClient.open(test.url);
    await client.subscribe('com.example.topic');
    await client.register('com.example.procedure');
    expect(test.router.stats()).to.include({ subscriptions: 1, registrations: 1 });
    await client[Symbol.asyncDispose]();
    await until(() => test.router.stats().sessions === 0, 'the session ends');
    expect(test.router.stats()).to.include({ subscriptions: 0, registrations: 0, connections: 0 });
    expect(test.ends[0]?.cause).to.equal('lost');
  });

  it('ends normally if onSessionEnd throws', async () => {
    const oops = new Error('oops');
    await using test = await startRouter({
      onSessionEnd: () => {
        throw oops;
      },
    });
    await using client = await WampClient.attach(test.router);
    client.send([MessageType.GOODBYE, {}, 'wamp.close.close_realm']);
    expect(await client.next()).to.eql([6, {}, 'wamp.close.goodbye_and_out']);
    expect(test.errors).to.eql([oops]);
  });
});
