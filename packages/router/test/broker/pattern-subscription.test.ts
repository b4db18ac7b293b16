import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

describe('Pattern-based subscription', () => {
  it('receives events of all topics with the prefix, and their topic', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await using publisher = await WampClient.attach(test.router);
    const subscription = await client.subscribe('com.example.lo', { match: 'prefix' });
    const topics = ['com.example.lo', 'com.example.log', 'com.example.log.auth'];
    for (const topic of [...topics, 'com.example.l', 'com.other']) await publisher.publish(topic, {}, [1]);
    for (const topic of topics) {
      const [type, id, , details, args] = await client.next();
      expect([type, id, details, args]).to.eql([MessageType.EVENT, subscription, { topic }, [1]]);
    }
    expect(await client.pending()).to.eql([]);
  });

  it('receives events of all topics that match the wildcard', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await using publisher = await WampClient.attach(test.router);
    await client.subscribe('com..log', { match: 'wildcard' });
    for (const topic of ['com.a.log', 'com.a.log.b', 'com.log', 'com.b.log']) await publisher.publish(topic);
    expect((await client.next())[3]).to.eql({ topic: 'com.a.log' });
    expect((await client.next())[3]).to.eql({ topic: 'com.b.log' });
    expect(await client.pending()).to.eql([]);
  });

  it('receives one event for each matching subscription of a session, with the same publication id', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await using publisher = await WampClient.attach(test.router, { authid: 'joe', authrole: 'staff' });
    const exact = await client.subscribe('com.example.a');
    const prefix = await client.subscribe('com.example', { match: 'prefix' });
    const all = await client.subscribe('c', { match: 'prefix' });
    const wildcard = await client.subscribe('com..a', { match: 'wildcard' });
    const [, , publication] = await publisher.publish('com.example.a', { disclose_me: true });
    const events = [await client.next(), await client.next(), await client.next(), await client.next()];
    expect(events.map(([, subscription]) => subscription)).to.eql([exact, all, prefix, wildcard]);
    expect(events.map(([, , id]) => id)).to.eql([publication, publication, publication, publication]);
    const identity = { publisher: publisher.session, publisher_authid: 'joe', publisher_authrole: 'staff' };
    const told = { ...identity, topic: 'com.example.a' };
    expect(events.map(([, , , details]) => details)).to.eql([identity, told, told, told]);
  });

  it('has one id for the same pattern, and another one for another match policy', async () => {
    await using test = await startRouter();
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    const ids: number[] = [];
    for (const match of ['exact', 'prefix', 'wildcard']) {
      const id = await one.subscribe('com.example', { match });
      expect(await other.subscribe('com.example', { match })).to.equal(id);
      ids.push(id);
    }
    expect(new Set(ids).size).to.equal(3);
    expect(test.router.stats().subscriptions).to.equal(3);
  });

  it('keeps the order of events across topics', async () => {
    await using test = await startRouter();
    await using client = await WampClient.open(test.url);
    await using publisher = await WampClient.open(test.url);
    await client.subscribe('com.example.', { match: 'prefix' });
    for (let index = 0; index < 300; index++)
      publisher.send([MessageType.PUBLISH, index + 1, {}, `com.example.t${index % 7}`, [index]]);
    for (let index = 0; index < 300; index++) expect((await client.next())[4]).to.eql([index]);
  });

  it('ends with UNSUBSCRIBE, independently of other match policies', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const prefix = await client.subscribe('com.a', { match: 'prefix' });
    const wildcard = await client.subscribe('com.a', { match: 'wildcard' });
    expect((await client.request(34, prefix))[0]).to.equal(35);
    client.send([MessageType.PUBLISH, 4, { exclude_me: false }, 'com.a']);
    expect((await client.next())[1]).to.equal(wildcard);
    expect(await client.pending()).to.eql([]);
  });

  it('accepts empty components in wildcards, and at the end of prefixes', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const [match, uri] of [
      ['exact', 'com.'],
      ['prefix', 'com..example'],
      ['prefix', '.com'],
      ['prefix', 'com.exa mple'],
      ['wildcard', 'com..#'],
    ]) {
      expect((await client.request(32, { match }, uri))[4], `${match} ${uri}`).to.equal(Uri.INVALID_URI);
    }
    for (const [match, uri] of [
      ['wildcard', 'com..example'],
      ['wildcard', '.com.'],
      ['wildcard', 'com.example'],
      ['prefix', 'com.'],
      ['prefix', ''],
    ]) {
      expect((await client.request(32, { match }, uri))[0], `${match} ${uri}`).to.equal(33);
    }
  });

  it('refuses wildcards with more components than the limit', async () => {
    await using test = await startRouter({ limits: { maxWildcardComponents: 3 } });
    await using client = await WampClient.attach(test.router);
    expect((await client.request(32, { match: 'wildcard' }, 'a..c'))[0]).to.equal(33);
    expect((await client.request(32, { match: 'wildcard' }, 'a..c.'))[4]).to.equal(Uri.INVALID_URI);
    expect((await client.request(32, { match: 'prefix' }, 'a.b.c.d'))[0]).to.equal(33);
  });

  it('is announced', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    expect(client.welcome).to.have.nested.property('roles.broker.features.pattern_based_subscription', true);
  });
});
