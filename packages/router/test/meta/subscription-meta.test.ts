import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { metaEvents, metaProcedures } from '../support/meta.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const TOPIC = 'com.example.topic';

const { ask, refusal } = metaProcedures('wamp.subscription.');

describe('Subscription meta procedures', () => {
  it('are announced by the broker', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const { broker } = client.welcome.roles as Record<string, { features: Record<string, boolean> }>;
    expect(broker?.features.subscription_meta_api).to.equal(true);
  });

  it('list subscriptions by match policy', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const exact = [await client.subscribe(TOPIC), await client.subscribe('com.example.other')];
    const prefix = [await client.subscribe('com.example', { match: 'prefix' })];
    const wildcard = [await client.subscribe('com..topic', { match: 'wildcard' })];
    expect(await ask(client, 'list')).to.eql({ exact, prefix, wildcard });
  });

  it('look up a subscription by its URI and match policy', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const exact = await client.subscribe(TOPIC);
    const prefix = await client.subscribe('com.example', { match: 'prefix' });
    expect(await ask(client, 'lookup', [TOPIC])).to.equal(exact);
    expect(await ask(client, 'lookup', ['com.example', { match: 'prefix' }])).to.equal(prefix);
    expect(await ask(client, 'lookup', ['com.example'])).to.equal(null);
    expect(await ask(client, 'lookup', [TOPIC, { match: 'prefix' }])).to.equal(null);
  });

  it('return the subscriptions that an event would reach', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const exact = await client.subscribe(TOPIC);
    const prefix = await client.subscribe('com.example', { match: 'prefix' });
    expect(await ask(client, 'match', [TOPIC])).to.have.members([exact, prefix]);
    expect(await ask(client, 'match', ['com.example.other'])).to.eql([prefix]);
    expect(await ask(client, 'match', ['org.example'])).to.equal(null);
  });

  it('return the details and the subscribers of a subscription', async () => {
    await using test = await startRouter();
    await using first = await WampClient.attach(test.router);
    await using second = await WampClient.attach(test.router);
    const id = await first.subscribe('com.', { match: 'prefix' });
    await second.subscribe('com.', { match: 'prefix' });
    const details = (await ask(first, 'get', [id])) as Record<string, string>;
    expect(details).to.include({ id, uri: 'com.', match: 'prefix' });
    expect(new Date(details.created ?? '').toISOString()).to.equal(details.created);
    expect(await ask(first, 'list_subscribers', [id])).to.eql([first.session, second.session]);
    expect(await ask(first, 'count_subscribers', [id])).to.equal(2);
  });

  it('refuse an unknown subscription, and wrong arguments', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const procedure of ['get', 'list_subscribers', 'count_subscribers']) {
      expect(await refusal(client, procedure, [1])).to.equal(Uri.NO_SUCH_SUBSCRIPTION);
      expect(await refusal(client, procedure, ['1'])).to.equal(Uri.INVALID_ARGUMENT);
      expect(await refusal(client, procedure)).to.equal(Uri.INVALID_ARGUMENT);
    }
    expect(await refusal(client, 'match', [1])).to.equal(Uri.INVALID_ARGUMENT);
    expect(await refusal(client, 'lookup', [TOPIC, { match: 'nearly' }])).to.equal(Uri.INVALID_ARGUMENT);
  });
});

describe('Subscription meta events', () => {
  it('report on_create, on_subscribe, on_unsubscribe and on_delete, in this order', async () => {
    await using test = await startRouter();
    await using watcher = await WampClient.attach(test.router);
    const events = await metaEvents(watcher, 'wamp.subscription.', [
      'on_create',
      'on_subscribe',
      'on_unsubscribe',
      'on_delete',
    ]);
    await using first = await WampClient.attach(test.router);
    await using second = await WampClient.attach(test.router);
    const id = await first.subscribe(TOPIC);
    await second.subscribe(TOPIC);
    await first.request(34, id);
    await second[Symbol.asyncDispose]();
    expect(await events()).to.eql([
      ['on_create', first.session, id],
      ['on_subscribe', first.session, id],
      ['on_subscribe', second.session, id],
      ['on_unsubscribe', first.session, id],
      ['on_unsubscribe', second.session, id],
      ['on_delete', second.session, id],
    ]);
  });
});
