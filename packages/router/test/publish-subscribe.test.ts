import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const TOPIC = 'com.example.topic';

describe('Publish and subscribe', () => {
  it('delivers an event to every subscriber, in memory and by WebSocket', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.open(test.url);
    await using near = await WampClient.attach(test.router);
    await using far = await WampClient.open(test.url);
    const ids = [await near.subscribe(TOPIC), await far.subscribe(TOPIC)];
    expect(ids[0]).to.equal(ids[1]);
    const [type, request, publication] = await publisher.publish(TOPIC, {}, ['hello'], { a: 1 });
    expect([type, request]).to.eql([17, 1]);
    expect(publication).to.be.within(1, 2 ** 53);
    for (const client of [near, far]) {
      expect(await client.next()).to.eql([MessageType.EVENT, ids[0], publication, {}, ['hello'], { a: 1 }]);
    }
    expect(test.router.stats()).to.include({ publications: 1, events: 2, subscriptions: 1 });
  });

  it('acknowledges with acknowledge: true only', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    client.send([MessageType.PUBLISH, 1, {}, TOPIC]);
    client.send([MessageType.PUBLISH, 2, { acknowledge: false }, TOPIC]);
    client.send([MessageType.PUBLISH, 3, {}, 'not a topic']);
    expect(await client.pending()).to.eql([]);
    expect(test.router.stats()).to.include({ publications: 2, refused: 2 });
  });

  it('keeps the order of events', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.open(test.url);
    await using subscriber = await WampClient.open(test.url);
    await subscriber.subscribe(TOPIC);
    for (let index = 1; index <= 5_000; index++) publisher.send([MessageType.PUBLISH, index, {}, TOPIC, [index]]);
    for (let index = 1; index <= 5_000; index++) expect((await subscriber.next())[4]).to.eql([index]);
  });

  it('uses one subscription for the same topic, of one session or of two', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    expect(await client.subscribe(TOPIC)).to.equal(await client.subscribe(TOPIC));
    await client.publish(TOPIC, { exclude_me: false });
    expect((await client.next())[0]).to.equal(17);
    expect(await client.pending()).to.eql([]);
  });

  it('ends with UNSUBSCRIBE', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    const subscription = await client.subscribe(TOPIC);
    expect((await other.request(34, subscription))[4]).to.equal(Uri.NO_SUCH_SUBSCRIPTION);
    expect(await client.request(34, subscription)).to.eql([35, 2]);
    await other.publish(TOPIC);
    expect(await client.pending()).to.eql([]);
    expect((await client.request(34, subscription))[4]).to.equal(Uri.NO_SUCH_SUBSCRIPTION);
  });

  it('refuses unknown match policies', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const match of ['regex', 5, null]) {
      expect((await client.request(32, { match }, 'com.example'))[4]).to.equal(Uri.OPTION_NOT_ALLOWED);
    }
    expect((await client.request(32, { match: 'exact' }, 'com.example'))[0]).to.equal(33);
  });

  it('ignores unknown options', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    expect((await client.publish(TOPIC, { _mine: 1, forward_for: [] }))[0]).to.equal(17);
    expect((await client.request(32, { _mine: 1 }, TOPIC))[0]).to.equal(33);
    expect(await client.pending()).to.eql([]);
  });

  it('discloses the publisher with disclose_me', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await using subscriber = await WampClient.attach(test.router);
    await subscriber.subscribe(TOPIC);
    await publisher.publish(TOPIC, { disclose_me: true });
    await publisher.publish(TOPIC, { disclose_me: false });
    const identity = { publisher: publisher.session, publisher_authid: 'joe', publisher_authrole: 'staff' };
    expect((await subscriber.next())[3]).to.eql(identity);
    expect((await subscriber.next())[3]).to.eql({});
  });

  it('limits the subscriptions of a session', async () => {
    await using test = await startRouter({ limits: { maxSubscriptions: 2 } });
    await using client = await WampClient.attach(test.router);
    for (const topic of ['com.one', 'com.two', 'com.one']) await client.subscribe(topic);
    expect((await client.request(32, {}, 'com.three'))[4]).to.equal(Uri.NOT_AUTHORIZED);
  });
});
