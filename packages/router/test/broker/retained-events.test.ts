import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const TOPIC = 'com.example.topic';

/** The arguments and details of the events that a client finds when it subscribes. */
async function retainedFor(client: WampClient, topic = TOPIC, options: object = {}): Promise<unknown[][]> {
  client.send([MessageType.SUBSCRIBE, client.nextRequest(), { get_retained: true, ...options }, topic]);
  const [subscribed, ...events] = (await client.pending()).map((frame) => JSON.parse(frame));
  expect(subscribed[0]).to.equal(33);
  expect((await client.request(34, subscribed[2]))[0]).to.equal(35);
  return events.map(([type, subscription, , details, args]) => {
    expect([type, subscription]).to.eql([MessageType.EVENT, subscribed[2]]);
    return [args, details];
  });
}

describe('Retained events', () => {
  it('reach a later subscriber with get_retained, marked as retained', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    const [, , publication] = await publisher.publish(TOPIC, { retain: true, disclose_me: true }, ['old'], { a: [1] });
    await publisher.publish(TOPIC, {}, ['not retained']);
    const subscription = await one.subscribe(TOPIC, { get_retained: true });
    const details = { publisher: publisher.session, publisher_authid: 'joe', publisher_authrole: 'staff' };
    const event = [36, subscription, publication, { ...details, retained: true }, ['old'], { a: [1] }];
    expect(await one.next()).to.eql(event);
    await other.subscribe(TOPIC);
    expect(await other.pending()).to.eql([]);
    expect(test.router.stats().events).to.equal(1);
  });

  it('are delivered normally when they are published', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router);
    await using subscriber = await WampClient.attach(test.router);
    await subscriber.subscribe(TOPIC);
    await publisher.publish(TOPIC, { retain: true }, ['new']);
    expect((await subscriber.next()).slice(3)).to.eql([{}, ['new']]);
  });

  it('are limited to the latest one of each topic', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router);
    await using subscriber = await WampClient.attach(test.router);
    for (const value of [1, 2, 3]) await publisher.publish(TOPIC, { retain: true }, [value]);
    expect(await retainedFor(subscriber)).to.eql([[[3], { retained: true }]]);
  });

  it("remain after the end of the publisher's session and of all subscriptions", async () => {
    await using test = await startRouter();
    await using subscriber = await WampClient.attach(test.router);
    {
      await using publisher = await WampClient.attach(test.router);
      await publisher.publish(TOPIC, { retain: true }, ['last words']);
    }
    await subscriber.request(34, await subscriber.subscribe(TOPIC));
    expect(await retainedFor(subscriber)).to.eql([[['last words'], { retained: true }]]);
  });

  for (const [match, pattern, topics] of [
    ['prefix', 'com.a', ['com.a.x', 'com.ab.y', 'com.a.z']],
    ['wildcard', 'com..y', ['com.ab.y', 'com.b.y']],
  ] as const) {
    it(`arrive in the order of publication for all topics of a ${match}`, async () => {
      await using test = await startRouter();
      await using publisher = await WampClient.attach(test.router);
      await using subscriber = await WampClient.attach(test.router);
      for (const topic of ['com.a.z', 'com.a.x', 'com.ab.y', 'com.b.y', 'com.a.z', 'org']) {
        await publisher.publish(topic, { retain: true }, [topic]);
      }
      const expected = topics.map((topic) => [[topic], { topic, retained: true }]);
      expect(await retainedFor(subscriber, pattern, { match })).to.eql(expected);
    });
  }

  it('reach eligible subscribers only', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.attach(test.router);
    await using staff = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await using guest = await WampClient.attach(test.router, { authid: 'sue', authrole: 'guest' });
    await publisher.publish(TOPIC, { retain: true }, ['for all']);
    await publisher.publish(TOPIC, { retain: true, eligible_authrole: ['staff'] }, ['for staff']);
    await publisher.publish(TOPIC, { retain: true, exclude: [guest.session, staff.session] }, ['for others']);
    expect(await retainedFor(staff)).to.eql([[['for staff'], { retained: true }]]);
    expect(await retainedFor(guest)).to.eql([[['for all'], { retained: true }]]);
    expect(await retainedFor(publisher)).to.eql([]);
    await publisher.publish(TOPIC, { retain: true, exclude_me: false }, ['for all again']);
    for (const client of [staff, guest, publisher]) {
      expect(await retainedFor(client)).to.eql([[['for all again'], { retained: true }]]);
    }
  });

  it('are dropped, the oldest first, beyond the limit in number', async () => {
    await using test = await startRouter({ limits: { maxRetainedEvents: 2 } });
    await using publisher = await WampClient.attach(test.router);
    await using subscriber = await WampClient.attach(test.router);
    for (const topic of ['com.a', 'com.b', 'com.a', 'com.c']) await publisher.publish(topic, { retain: true }, [topic]);
    const kept = await retainedFor(subscriber, 'com', { match: 'prefix' });
    expect(kept.map(([args]) => args)).to.eql([['com.a'], ['com.c']]);
    expect(await retainedFor(subscriber, 'com.b')).to.eql([]);
  });

  it('are dropped, the oldest first, beyond the limit in bytes', async () => {
    await using test = await startRouter({ limits: { maxRetainedBytes: 1_000 } });
    await using publisher = await WampClient.attach(test.router);
    await using subscriber = await WampClient.attach(test.router);
    const publish = (topic: string, size: number) => publisher.publish(topic, { retain: true }, ['x'.repeat(size)]);
    for (const topic of ['com.a', 'com.b', 'com.c']) await publish(topic, 400);
    const topics = async () =>
      (await retainedFor(subscriber, 'com', { match: 'prefix' })).map(
        ([, details]) => (details as { topic: string }).topic,
      );
    expect(await topics()).to.eql(['com.b', 'com.c']);
    await publish('com.c', 2_000);
    expect(await topics()).to.eql(['com.b']);
  });

  it('count the bytes of their lists and attributes too', async () => {
    for (const [options, kept] of [
      [{}, 2],
      [{ exclude: Array.from({ length: 20 }, (_, index) => index + 1) }, 1],
      [{ eligible_authrole: ['anonymous', 'x'.repeat(1_000)] }, 0],
      [{ ppt_scheme: 'x_mine', ppt_keyid: 'x'.repeat(250), ppt_cipher: 'x'.repeat(250) }, 1],
    ] as const) {
      await using test = await startRouter({ limits: { maxRetainedBytes: 1_800 } });
      await using publisher = await WampClient.attach(test.router);
      for (const topic of ['com.a', 'com.b'])
        await publisher.publish(topic, { retain: true, ...options }, ['x'.repeat(400)]);
      expect(test.router.stats().retainedEvents, JSON.stringify(options).slice(0, 40)).to.equal(kept);
    }
  });

  it('arrive before later publications', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    client.send([MessageType.PUBLISH, 1, { retain: true, exclude_me: false }, TOPIC, ['before']]);
    client.send([MessageType.SUBSCRIBE, 2, { get_retained: true }, TOPIC]);
    client.send([MessageType.PUBLISH, 3, { exclude_me: false }, TOPIC, ['after']]);
    expect((await client.next())[0]).to.equal(33);
    expect([(await client.next())[4], (await client.next())[4]]).to.eql([['before'], ['after']]);
  });

  it('are announced', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    expect(client.welcome).to.have.nested.property('roles.broker.features.event_retention', true);
  });
});
