import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const TOPIC = 'com.example.topic';

async function told(watcher: WampClient): Promise<unknown> {
  const [, , , details, args] = (await watcher.next()) as [number, number, number, { topic: string }, unknown[]];
  return [details.topic.replace('wamp.subscription.', ''), ...args];
}

/** A client that receives all events about subscriptions. */
async function watch(client: WampClient): Promise<WampClient> {
  await client.subscribe('wamp.subscription.', { match: 'prefix' });
  return client;
}

describe('Subscription meta events', () => {
  it('report the life of a subscription from the first subscriber to the last', async () => {
    await using test = await startRouter();
    await using watcher = await watch(await WampClient.attach(test.router));
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    const id = await one.subscribe(TOPIC, { match: 'wildcard' });
    const [what, session, details] = (await told(watcher)) as [string, number, { created: string }];
    const { created, ...rest } = details;
    expect([what, session, rest]).to.eql(['on_create', one.session, { id, uri: TOPIC, match: 'wildcard' }]);
    expect(new Date(created).toISOString()).to.equal(created);
    await other.subscribe(TOPIC, { match: 'wildcard' });
    await one.subscribe(TOPIC, { match: 'wildcard' });
    await one.request(34, id);
    await other.request(34, id);
    expect(await told(watcher)).to.eql(['on_subscribe', one.session, id]);
    expect(await told(watcher)).to.eql(['on_subscribe', other.session, id]);
    expect(await told(watcher)).to.eql(['on_unsubscribe', one.session, id]);
    expect(await told(watcher)).to.eql(['on_unsubscribe', other.session, id]);
    expect(await told(watcher)).to.eql(['on_delete', other.session, id]);
    expect(await watcher.pending()).to.eql([]);
  });

  it('do not report subscriptions to topics of the protocol', async () => {
    await using test = await startRouter();
    await using watcher = await watch(await WampClient.attach(test.router));
    await using client = await WampClient.attach(test.router);
    const id = await client.subscribe('wamp.session.on_join');
    await client.subscribe('wamp..on_leave', { match: 'wildcard' });
    await client.request(MessageType.UNSUBSCRIBE, id);
    await client[Symbol.asyncDispose]();
    expect(await watcher.pending()).to.eql([]);
  });

  it('report the subscriptions of a session that leaves, and not to that session', async () => {
    await using test = await startRouter();
    await using watcher = await watch(await WampClient.attach(test.router));
    await using leaving = await WampClient.attach(test.router);
    leaving.send([MessageType.SUBSCRIBE, 1, { match: 'prefix' }, 'wamp.']);
    leaving.send([MessageType.SUBSCRIBE, 2, {}, TOPIC]);
    leaving.send([MessageType.GOODBYE, {}, 'wamp.close.normal']);
    const events: unknown[] = [];
    while (events.length < 4) events.push(((await told(watcher)) as unknown[])[0]);
    expect(events.slice(2)).to.eql(['on_unsubscribe', 'on_delete']);
    const types: unknown[] = [];
    do types.push((await leaving.next())[0]);
    while (types.at(-1) !== 6);
    expect(types).to.eql([MessageType.SUBSCRIBED, 33, 36, 36, 6]);
  });
});
