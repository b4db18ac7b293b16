import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { metaProcedures } from '../support/meta.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const JOE = { authid: 'joe', authrole: 'backend' };
const ANN = { authid: 'ann', authrole: 'frontend' };

const { ask, refusal } = metaProcedures('wamp.session.');

describe('Session meta procedures', () => {
  it('are announced by broker and dealer', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const roles = client.welcome.roles as Record<string, { features: Record<string, boolean> }>;
    expect(roles.broker?.features.session_meta_api).to.equal(true);
    expect(roles.dealer?.features.session_meta_api).to.equal(true);
  });

  it('count and list the sessions of the realm, also of some roles', async () => {
    await using test = await startRouter({ realms: ['realm1', 'realm2'] });
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    await using elsewhere = WampClient.over(test.router.attach());
    await elsewhere.join('realm2');
    expect(await ask(joe, 'count')).to.equal(2);
    expect(await ask(joe, 'count', [['backend', 'nobody']])).to.equal(1);
    expect(await ask(joe, 'count', [[]])).to.equal(0);
    expect(await ask(joe, 'count', [null])).to.equal(2);
    expect(await ask(joe, 'list')).to.have.members([joe.session, ann.session]);
    expect(await ask(joe, 'list', [['frontend']])).to.eql([ann.session]);
  });

  it('return the details of a session', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    await using ann = await WampClient.attach(test.router, ANN);
    expect(await ask(joe, 'get', [ann.session])).to.include({ session: ann.session, ...ANN });
    expect(await refusal(joe, 'get', [1])).to.equal(Uri.NO_SUCH_SESSION);
  });

  it('refuse wrong arguments', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, JOE);
    const wrong: [string, ...unknown[]][] = [['count', ['backend']], ['list', [[1]]], ['get'], ['get', ['1']]];
    for (const [procedure, ...payload] of wrong) {
      expect(await refusal(joe, procedure, ...payload), procedure).to.equal(Uri.INVALID_ARGUMENT);
    }
  });
});

describe('Session meta events', () => {
  it('report sessions that join and leave', async () => {
    await using test = await startRouter();
    await using watcher = await WampClient.attach(test.router);
    const joined = await watcher.subscribe('wamp.session.on_join');
    const left = await watcher.subscribe('wamp.session.on_leave');
    const joe = await WampClient.attach(test.router, JOE);
    const [type, subscription, , details, [who]] = (await watcher.next()) as [number, number, number, object, object[]];
    expect([type, subscription, details]).to.eql([MessageType.EVENT, joined, {}]);
    expect(who).to.include({ session: joe.session, ...JOE, authmethod: 'anonymous', authprovider: 'static' });
    await joe[Symbol.asyncDispose]();
    expect((await watcher.next()).toSpliced(2, 1)).to.eql([
      MessageType.EVENT,
      left,
      {},
      [joe.session, 'joe', 'backend'],
    ]);
  });

  it('are limited to their realm', async () => {
    await using test = await startRouter({ realms: ['realm1', 'realm2'] });
    await using watcher = await WampClient.attach(test.router);
    await watcher.subscribe('wamp.session.on_join');
    await using elsewhere = WampClient.over(test.router.attach());
    await elsewhere.join('realm2');
    expect(await watcher.pending()).to.eql([]);
  });

  it('are not published for sessions that end because the router closes', async () => {
    await using test = await startRouter();
    await using first = await WampClient.attach(test.router, JOE);
    await using second = await WampClient.attach(test.router, ANN);
    for (const client of [first, second]) {
      await client.subscribe('', { match: 'prefix' });
      await client.request(48, {}, 'wamp.session.add_testament', ['com.example.testament']);
    }
    for (const client of [first, second]) await client.pending();
    const closed = test.router.close();
    for (const client of [first, second]) {
      expect((await client.next())[0]).to.equal(6);
      client.send([MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    }
    await closed;
  });
});
