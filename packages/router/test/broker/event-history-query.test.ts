import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { type Event, getEvents, publishAll, refusal, STORE, start, TOPIC, values } from '../support/event-history.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

describe('Event history: queries', () => {
  it('return pages in both directions', async () => {
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

  it('treat an unknown publication as one that was dropped', async () => {
    await using test = await start();
    await using client = await WampClient.attach(test.router);
    const [dropped] = await publishAll(client, 6);
    const subscription = await client.subscribe(TOPIC);
    expect(await getEvents(client, [subscription], { after_publication: dropped })).to.have.length(5);
    expect(await getEvents(client, [subscription], { before_publication: dropped })).to.have.length(0);
  });

  it('return as many events as fit into a message', async () => {
    const realms = [{ name: 'realm1', store: STORE }];
    await using test = await startRouter({ realms, limits: { maxMessageSize: 1_000 } });
    await using client = await WampClient.attach(test.router);
    for (const letter of ['a', 'b', 'c']) await client.publish(TOPIC, {}, [letter.repeat(400)]);
    const subscription = await client.subscribe(TOPIC);
    const first = await getEvents(client, [subscription]);
    const rest = await getEvents(client, [subscription], { after_publication: first.at(-1)?.publication });
    expect([first.length, rest.length]).to.eql([2, 1]);
  });

  it('select by time', async () => {
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

  it('refuse wrong arguments', async () => {
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
});
