import type { WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { EventDetails, InvocationDetails } from '../../src/wamp/index.ts';
import { joinScripted } from '../support/join.ts';
import { startRealRouter } from '../support/real-router.ts';

const topic = 'com.example.topic';
const acknowledge = true;

describe('WAMP session: events', () => {
  it('contain all details', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const seen: EventDetails[] = [];
    const subscribing = session.subscribe(topic, (_args, _kwargs, details) => seen.push(details));
    const [, request] = await peer.next();
    peer.send([33, request, 5]);
    await subscribing;
    const publisher = { publisher: 3, publisher_authid: 'joe', publisher_authrole: 'user' };
    peer.send([36, 5, 11, {}]);
    peer.send([36, 5, 12, { topic: 'com.example.topic.of', ...publisher, retained: true, trustlevel: 2, custom: [1] }]);
    expect(await peer.isOpen()).to.equal(true);
    expect(seen).to.deep.equal([
      { publication: 11, topic },
      { publication: 12, topic: 'com.example.topic.of', ...publisher, retained: true, trustlevel: 2, custom: [1] },
    ]);
  });

  it('contain topic, publication and publisher with a real router', async () => {
    await using router = await startRealRouter();
    await using subscriber = await router.join();
    await using publisher = await router.join();
    const seen: EventDetails[] = [];
    const options = { match: 'wildcard', get_retained: true };
    await publisher.publish('com.a.topic', [], {}, { retain: true, acknowledge });
    await subscriber.subscribe('com..topic', (_args, _kwargs, details) => seen.push(details), options);
    const id = await publisher.publish('com.b.topic', [], {}, { disclose_me: true, acknowledge });
    await waitFor(() => seen.length === 2, { what: 'both events' });
    expect(seen[0]).to.include({ topic: 'com.a.topic', retained: true });
    expect(seen[1]).to.include({ topic: 'com.b.topic', publication: id, publisher: publisher.id });
    expect(seen[1]).to.have.property('publisher_authrole', 'anonymous');
  });
});

describe('WAMP session: invocations', () => {
  it('contain procedure and caller with a real router', async () => {
    await using router = await startRealRouter();
    await using callee = await router.join();
    await using caller = await router.join();
    const seen: InvocationDetails[] = [];
    const endpoint = (_args: unknown, _kwargs: unknown, details: InvocationDetails) => {
      seen.push(details);
    };
    await callee.register('com.example', endpoint, { match: 'prefix', disclose_caller: true });
    await callee.register('com.example.plain', endpoint);
    await caller.call('com.example.any', [], {}, { onProgress: () => undefined });
    await caller.call('com.example.plain');
    expect(seen[0]).to.include({ procedure: 'com.example.any', caller: caller.id, caller_authrole: 'anonymous' });
    expect(seen[0]).to.have.property('progress').that.is.a('function');
    expect(seen[1]).to.include({ procedure: 'com.example.plain', progress: null });
    expect(JSON.stringify(seen[1])).to.equal('{"procedure":"com.example.plain"}');
  });
});

describe('WAMP session: registrations and subscriptions', () => {
  it('can be ended twice, and after the session was lost', async () => {
    await using router = await startRealRouter();
    const session = await router.join();
    const register = () => session.register('com.example.procedure', () => 1);
    const unregister = await register();
    const unsubscribe = await session.subscribe(topic, () => undefined);
    await Promise.all([unregister(), unregister(), unsubscribe(), unsubscribe()]);
    await unregister();
    await unsubscribe();
    const ends = [await register(), await session.subscribe(topic, () => undefined)];
    await router.router.close();
    await waitFor(() => session.lost.aborted, { what: 'the session to be lost' });
    for (const end of ends) await end();
  });

  it('can be ended while the session is being lost', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const registering = session.register('com.example.procedure', () => 1);
    const [, request] = await peer.next();
    peer.send([65, request, 7]);
    const unregister = await registering;
    const unregistering = unregister();
    await peer.next();
    peer.webSocket.terminate();
    await unregistering;
  });

  it('of the same topic are independent if one begins while another ends', async () => {
    await using router = await startRealRouter();
    await using subscriber = await router.join();
    await using publisher = await router.join();
    const seen: string[] = [];
    let end = await subscriber.subscribe(topic, () => seen.push('handler 0'));
    for (let count = 1; count <= 5; count += 1) {
      const next = subscriber.subscribe(topic, () => seen.push(`handler ${count}`));
      await end();
      end = await next;
      await publisher.publish(topic, [], {}, { acknowledge });
      await waitFor(() => seen.length === count, { what: `event ${count}` });
    }
    expect(seen).to.deep.equal(['handler 1', 'handler 2', 'handler 3', 'handler 4', 'handler 5']);
  });

  it('report a revocation by the router', async () => {
    await using router = await startRealRouter();
    await using callee = await router.join();
    await using another = await router.join();
    const reasons: unknown[] = [];
    const end = await callee.register(
      'com.example.procedure',
      () => 'callee',
      {},
      (reason) => reasons.push(reason),
    );
    await another.register('com.example.procedure', () => 'another', { force_reregister: true });
    await waitFor(() => reasons.length === 1, { what: 'the revocation' });
    expect(reasons[0]).to.be.a('string');
    await end();
    expect((await callee.call('com.example.procedure')).args).to.deep.equal(['another']);
    const taken = await rejection<WampError>(callee.register('com.example.procedure', () => 'callee'));
    expect(taken.error).to.equal('wamp.error.procedure_already_exists');
  });

  it('do not report their own end as a revocation', async () => {
    await using router = await startRealRouter();
    await using session = await router.join();
    const reasons: unknown[] = [];
    const note = (reason: unknown) => reasons.push(reason);
    const ends = [
      await session.register('com.example.procedure', () => 1, {}, note),
      await session.subscribe(topic, () => undefined, {}, note),
    ];
    for (const end of ends) await end();
    await session.publish(topic, [], {}, { acknowledge });
    expect(reasons).to.deep.equal([]);
  });
});

describe('WAMP session: HELLO', () => {
  it('announces the supported features of callee and subscriber only', async () => {
    await using test = await joinScripted();
    const { callee, subscriber } = test.hello.roles as Record<string, { features: object }>;
    expect(callee?.features).to.deep.equal({
      call_canceling: true,
      caller_identification: true,
      pattern_based_registration: true,
      progressive_call_results: true,
      registration_revocation: true,
      shared_registration: true,
    });
    expect(subscriber?.features).to.deep.equal({
      pattern_based_subscription: true,
      publisher_identification: true,
      subscription_revocation: true,
    });
  });
});
