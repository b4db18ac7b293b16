import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { type Event, getEvents, publishAll, refusal, STORE, start, TOPIC, values } from '../support/event-history.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

describe('Event history', () => {
  it('contains the events of a subscription, including those before its first subscriber', async () => {
    await using test = await start();
    await using publisher = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await using client = await WampClient.attach(test.router);
    const before = Date.now();
    const [, , first] = await publisher.publish(TOPIC, { disclose_me: true }, [[1]], { a: { b: null } });
    const [, , second] = await publisher.publish(TOPIC);
    const subscription = await client.subscribe(TOPIC);
    const [one, other, ...none] = await getEvents(client, [subscription]);
    const { timestamp, ...rest } = one as Event;
    expect(Date.parse(timestamp)).to.be.within(before, Date.now());
    const details = { publisher: publisher.session, publisher_authid: 'joe', publisher_authrole: 'staff' };
    expect(rest).to.eql({ subscription, publication: first, details, args: [[1]], kwargs: { a: { b: null } } });
    expect(other).to.eql({ timestamp: (other as Event).timestamp, subscription, publication: second, details: {} });
    expect(none).to.eql([]);
  });

  it('of a pattern contains the topics', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    await publishAll(client, 1, 'com.a');
    await publishAll(client, 1, 'com.b');
    const subscription = await client.subscribe('com.', { match: 'prefix' });
    const details = async (kwargs: object) =>
      (await getEvents(client, [subscription], kwargs)).map((event) => (event as { details?: unknown }).details);
    expect(await details({})).to.eql([{ topic: 'com.a' }, { topic: 'com.b' }]);
    expect(await details({ topic: 'com.b' })).to.eql([{ topic: 'com.b' }]);
  });

  it('is limited in number: the oldest events are dropped', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    await publishAll(client, 10);
    expect(values(await getEvents(client, [await client.subscribe(TOPIC)]))).to.eql([5, 6, 7, 8, 9]);
    const all = await client.subscribe('com.', { match: 'prefix' });
    expect(values(await getEvents(client, [all]))).to.eql([3, 4, 5, 6, 7, 8, 9]);
  });

  it('is limited in bytes', async () => {
    await using test = await startRouter({
      realms: [{ name: 'realm1', store: STORE }],
      limits: { maxHistoryBytes: 500 },
    });
    await using client = await WampClient.attach(test.router);
    for (const letter of ['a', 'b', 'c']) await client.publish(TOPIC, {}, [letter.repeat(200)]);
    expect(await getEvents(client, [await client.subscribe(TOPIC)])).to.have.length(2);
  });

  it('omits events for certain sessions, and hides events from sessions that are not eligible', async () => {
    await using test = await start();
    await using publisher = await WampClient.attach(test.router, { authid: 'ann', authrole: 'staff' });
    await using guest = await WampClient.attach(test.router, { authid: 'sue', authrole: 'guest' });
    await publisher.publish(TOPIC, { eligible: [guest.session] }, ['for one session']);
    await publisher.publish(TOPIC, { exclude: [1] }, ['not for one session']);
    await publisher.publish(TOPIC, { eligible_authrole: ['staff'] }, ['for staff']);
    await publisher.publish(TOPIC, { exclude_authid: ['ann'] }, ['not for ann']);
    await publisher.publish(TOPIC, {}, ['for all']);
    const subscription = await guest.subscribe(TOPIC);
    expect(values(await getEvents(guest, [subscription]))).to.eql(['not for ann', 'for all']);
    expect(values(await getEvents(publisher, [subscription]))).to.eql(['for staff', 'for all']);
  });

  it('is readable for sessions that have subscribed or may subscribe', async () => {
    const permission = (uri: string, action: string) => ({ uri, match: 'prefix' as const, allow: { [action]: true } });
    const roles = [
      {
        name: 'staff',
        permissions: [permission('', 'call'), permission(TOPIC, 'subscribe'), permission('com.', 'publish')],
      },
      { name: 'guest', permissions: [permission('', 'call')] },
    ];
    await using test = await start({ roles });
    await using staff = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    await using guest = await WampClient.attach(test.router, { authid: 'sue', authrole: 'guest' });
    await using anyone = await WampClient.attach(test.router, { authid: 'app', authrole: 'trusted' });
    await anyone.publish(TOPIC, {}, ['secret']);
    const [, , , [subscription]] = (await staff.request(48, {}, 'wamp.subscription.lookup', [TOPIC])) as [
      number,
      number,
      object,
      [number],
    ];
    expect(await refusal(guest, [subscription])).to.equal(Uri.NOT_AUTHORIZED);
    for (const reader of [staff, anyone]) expect(values(await getEvents(reader, [subscription]))).to.eql(['secret']);
  });

  it('exists only for the configured URIs, whose subscriptions are permanent', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    const other = await client.subscribe('org.example');
    expect(await refusal(client, [other])).to.equal(Uri.HISTORY_UNAVAILABLE);
    const kept = await client.subscribe(TOPIC);
    await client.request(34, kept);
    await publishAll(client, 1);
    expect(await client.subscribe(TOPIC)).to.equal(kept);
    expect(await getEvents(client, [kept])).to.have.length(1);
    expect(client.welcome).to.have.nested.property('roles.broker.features.event_history', true);
  });
});
