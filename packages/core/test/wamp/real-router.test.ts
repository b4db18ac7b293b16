import type { WampError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { CallResult } from '../../src/wamp/index.ts';
import { abortion } from '../support/abort.ts';
import { joinMemory } from '../support/join.ts';
import { startRealRouter } from '../support/real-router.ts';

describe('WAMP session with a real router', () => {
  it('publishes JSON text, which a subscriber receives', async () => {
    await using router = await startRealRouter();
    await using publisher = await router.join();
    await using subscriber = await router.join();
    const events = Promise.withResolvers<unknown[]>();
    await subscriber.subscribe('com.example.topic', (args, kwargs) => events.resolve([args, kwargs]));
    const { id } = await publisher.publishText('', 'com.example.topic', '["a", [1.5]]', '{"b": null}');
    expect(id).to.be.a('number');
    expect(await withDeadline(events.promise, 20_000, 'the event')).to.deep.equal([['a', [1.5]], { b: null }]);
  });

  it('publishes values, and returns the publication id if acknowledge is set', async () => {
    await using router = await startRealRouter();
    await using session = await router.join();
    expect(await session.publish('com.example.topic', [1], { a: 2 }, { acknowledge: true })).to.be.a('number');
    expect(await session.publish('com.example.topic')).to.equal(undefined);
    const refused = await rejection<WampError>(session.publish('wamp.reserved', [], {}, { acknowledge: true }));
    expect(refused.error).to.equal('wamp.error.invalid_uri');
  });

  it('calls a procedure of another session until it is unregistered', async () => {
    await using router = await startRealRouter();
    await using callee = await router.join();
    await using caller = await router.join();
    const unregister = await callee.register('com.example.add', ([a, b]) => (a as number) + (b as number));
    expect(await caller.call('com.example.add', [1, 2])).to.deep.equal({ args: [3], kwargs: {} });
    const again = await rejection<WampError>(caller.register('com.example.add', () => 0));
    expect(again.error).to.equal('wamp.error.procedure_already_exists');
    await unregister();
    const gone = await rejection<WampError>(caller.call('com.example.add', [1, 2]));
    expect(gone.error).to.equal('wamp.error.no_such_procedure');
  });

  it('fails a call when its callee leaves', async () => {
    await using router = await startRealRouter();
    const callee = await router.join();
    await using caller = await router.join();
    const called = Promise.withResolvers<void>();
    await callee.register('com.example.slow', () => {
      called.resolve();
      return new Promise(() => undefined);
    });
    const answer = rejection<WampError>(caller.call('com.example.slow'));
    await called.promise;
    await callee.leave();
    expect((await answer).error).to.match(/^wamp\.error\./);
  });

  it('passes an event to every handler of a topic, even if one unsubscribes meanwhile (AutobahnJS trap 13)', async () => {
    await using router = await startRealRouter();
    await using subscriber = await router.join();
    await using publisher = await router.join();
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const unsubscribe = await subscriber.subscribe('com.example.topic', () => {
      seen.push('first');
      unsubscribe().then(first.resolve, first.reject);
    });
    await subscriber.subscribe('com.example.topic', () => seen.push('second'));
    await publisher.publish('com.example.topic', [], {}, { acknowledge: true });
    await withDeadline(first.promise, 20_000, 'the end of the first subscription');
    await waitFor(() => seen.length === 2, { what: 'both handlers' });
    await publisher.publish('com.example.topic', [], {}, { acknowledge: true });
    await waitFor(() => seen.length === 3, { what: 'the second event' });
    expect(seen).to.deep.equal(['first', 'second', 'second']);
  });

  it('reports an error of a handler, and continues', async () => {
    await using router = await startRealRouter();
    const errors: unknown[] = [];
    await using subscriber = await router.join({ onError: (error) => errors.push(error) });
    await using publisher = await router.join();
    const error = new Error('from the handler');
    await subscriber.subscribe('com.example.topic', () => {
      throw error;
    });
    await publisher.publish('com.example.topic');
    await waitFor(() => errors.length > 0, { what: 'the report' });
    expect(errors).to.deep.equal([error]);
    expect(subscriber.lost.aborted).to.equal(false);
  });

  it('joins a router in the same process', async () => {
    await using router = await startRealRouter();
    await using session = await joinMemory(router.router);
    await session.register('com.example.echo', (args, kwargs) => ({ args, kwargs }));
    await using other = await router.join();
    const expected: CallResult = { args: [['x']], kwargs: { y: 1 } };
    expect(await other.call('com.example.echo', [['x']], { y: 1 })).to.deep.equal(expected);
    const nowhere = await rejection(joinMemory(router.router, { realm: 'nowhere' }));
    expect(nowhere).to.have.property('reason', 'wamp.error.no_such_realm');
  });

  it('is lost when the router closes', async () => {
    await using router = await startRealRouter();
    const session = await router.join();
    await router.router.close();
    expect((await abortion(session.lost)).message).to.include('wamp.close.system_shutdown');
  });
});
