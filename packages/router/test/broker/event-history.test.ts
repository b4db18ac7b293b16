import { expect } from 'chai';
import { createRouter, type RealmOptions, RouterOptionError, type StoreOptions, Uri } from '../../src/index.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const TOPIC = 'com.example.topic';

const STORE: StoreOptions = {
  type: 'memory',
  limit: 5,
  'event-history': [{ uri: TOPIC }, { uri: 'com.', match: 'prefix', limit: 7 }],
};

interface Event {
  readonly timestamp: string;
  readonly publication: number;
  readonly args?: unknown[];
}

function start(realm: Partial<RealmOptions> = {}): Promise<TestRouter> {
  return startRouter({ realms: [{ name: 'realm1', store: STORE, ...realm }] });
}

async function getEvents(client: WampClient, args: unknown[], kwargs: object = {}): Promise<Event[]> {
  const [type, , , events = []] = await client.request(48, {}, 'wamp.subscription.get_events', args, kwargs);
  expect(type).to.equal(50);
  return events as Event[];
}

async function refusal(client: WampClient, args: unknown[], kwargs: object = {}): Promise<unknown> {
  return (await client.request(48, {}, 'wamp.subscription.get_events', args, kwargs))[4];
}

async function publishAll(publisher: WampClient, count: number, topic = TOPIC): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) ids.push((await publisher.publish(topic, {}, [index]))[2] as number);
  return ids;
}

const values = (events: Event[]) => events.map(({ args }) => args?.[0]);

describe('event history', () => {
  it('gives the events of a subscription, also those from before it had subscribers', async () => {
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

  it('of a pattern tells the topics', async () => {
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

  it('is bounded: the oldest events are dropped', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    await publishAll(client, 10);
    expect(values(await getEvents(client, [await client.subscribe(TOPIC)]))).to.eql([5, 6, 7, 8, 9]);
    const all = await client.subscribe('com.', { match: 'prefix' });
    expect(values(await getEvents(client, [all]))).to.eql([3, 4, 5, 6, 7, 8, 9]);
  });

  it('is bounded in bytes as well', async () => {
    await using test = await startRouter({
      realms: [{ name: 'realm1', store: STORE }],
      limits: { maxHistoryBytes: 500 },
    });
    await using client = await WampClient.attach(test.router);
    for (const letter of ['a', 'b', 'c']) await client.publish(TOPIC, {}, [letter.repeat(200)]);
    expect(await getEvents(client, [await client.subscribe(TOPIC)])).to.have.length(2);
  });

  it('is read in both directions, in pages', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    const ids = await publishAll(client, 5);
    const subscription = await client.subscribe(TOPIC);
    const read = async (kwargs: object, limit?: number) =>
      values(await getEvents(client, [subscription, limit], kwargs));
    expect(await read({ limit: 2 })).to.eql([0, 1]);
    expect(await read({ limit: 2, after_publication: ids[1] })).to.eql([2, 3]);
    expect(await read({ reverse: true, limit: 2 })).to.eql([4, 3]);
    expect(await read({ reverse: true, limit: 2, before_publication: ids[3] })).to.eql([2, 1]);
    expect(await read({ from_publication: ids[1], until_publication: ids[3] })).to.eql([1, 2, 3]);
    expect(await read({ from_publication: ids[3], before_publication: ids[1] })).to.eql([]);
    expect(await read({}, 3)).to.eql([0, 1, 2]);
  });

  it('takes a publication that it does not have for one that was dropped', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    const [dropped] = await publishAll(client, 6);
    const subscription = await client.subscribe(TOPIC);
    expect(await getEvents(client, [subscription], { after_publication: dropped })).to.have.length(5);
    expect(await getEvents(client, [subscription], { before_publication: dropped })).to.have.length(0);
  });

  it('is given in parts that fit into a message', async () => {
    const realms = [{ name: 'realm1', store: STORE }];
    await using test = await startRouter({ realms, limits: { maxMessageSize: 1_000 } });
    await using client = await WampClient.attach(test.router);
    for (const letter of ['a', 'b', 'c']) await client.publish(TOPIC, {}, [letter.repeat(400)]);
    const subscription = await client.subscribe(TOPIC);
    const first = await getEvents(client, [subscription]);
    const rest = await getEvents(client, [subscription], { after_publication: first.at(-1)?.publication });
    expect([first.length, rest.length]).to.eql([2, 1]);
  });

  it('is read by time', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    await publishAll(client, 1);
    const subscription = await client.subscribe(TOPIC);
    const [{ timestamp }] = (await getEvents(client, [subscription])) as [Event];
    const count = async (kwargs: object) => (await getEvents(client, [subscription], kwargs)).length;
    expect(await count({ from_time: timestamp, until_time: timestamp })).to.equal(1);
    expect(await count({ after_time: timestamp })).to.equal(0);
    expect(await count({ before_time: timestamp })).to.equal(0);
    expect(await count({ after_time: '1970-01-01T00:00:00Z', before_time: '9999-01-01T00:00:00.5+01:00' })).to.equal(1);
  });

  it('holds nothing that was for particular sessions, and shows nobody what was not for them', async () => {
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

  it('is for sessions that are subscribed, or may subscribe', async () => {
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

  it('refuses arguments that are wrong', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    const subscription = await client.subscribe(TOPIC);
    const wrong = { limit: 0, reverse: 1, topic: 5, from_time: '2026', until_time: 7, after_publication: 'x' };
    for (const [name, value] of Object.entries(wrong)) {
      expect(await refusal(client, [subscription], { [name]: value }), name).to.equal(Uri.INVALID_ARGUMENT);
    }
    expect(await refusal(client, [])).to.equal(Uri.INVALID_ARGUMENT);
    expect(await refusal(client, [2 ** 53 - 1])).to.equal(Uri.NO_SUCH_SUBSCRIPTION);
  });

  it('is kept only where the configuration says so, and the subscription lasts there', async () => {
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

  for (const [store, message] of [
    [{ type: 'lmdb' }, 'realms[0].store.type: expected "memory", found "lmdb"'],
    [{ type: 'memory', limit: 0 }, 'realms[0].store.limit: '],
    [{ type: 'memory', 'call-queue': [] }, 'realms[0].store.call-queue: expected no such key, found it'],
    [{ type: 'memory', 'event-history': [{ uri: 'com..a' }] }, 'realms[0].store.event-history[0].uri: expected a URI'],
    [{ type: 'memory', 'event-history': [{ uri: 'a', match: 'regex' }] }, 'realms[0].store.event-history[0].match: '],
    [{ type: 'memory', 'event-history': [{ uri: 'a' }, { uri: 'a', match: 'exact' }] }, 'each URI once'],
  ] as const) {
    it(`refuses the store ${JSON.stringify(store)}`, () => {
      const realm = { name: 'realm1', store: store as unknown as StoreOptions };
      expect(() => createRouter({ realms: [realm] })).to.throw(RouterOptionError, message);
    });
  }
});
