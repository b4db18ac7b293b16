import type { Part } from '@pgwamp/core/internal/component';
import type { Endpoint, FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession, EventDetails, EventHandler } from '@pgwamp/core/internal/wamp';
import { expect } from 'chai';
import { pino } from 'pino';
import { Subscriptions } from '../src/subscriptions.ts';
import { endpointOf, queueModel, range } from './support/subscription-queues.ts';

/** A session whose router answers SUBSCRIBE and UNSUBSCRIBE when it is told to. */
class ModelSession {
  readonly unanswered: (() => void)[] = [];
  readonly ended: string[] = [];
  readonly #handlers = new Map<string, Set<EventHandler>>();

  async subscribe(topic: string, handler: EventHandler, { match = 'exact' }: { match?: string } = {}) {
    const key = `${match} ${topic}`;
    const handlers = this.#handlers.get(key) ?? new Set();
    this.#handlers.set(key, handlers);
    await new Promise<void>((resolve) => this.unanswered.push(resolve));
    handlers.add(handler);
    return async () => {
      this.ended.push(key);
      handlers.delete(handler);
    };
  }

  async answer(): Promise<void> {
    for (const resolve of this.unanswered.splice(0)) resolve();
    await settled();
  }

  event(key: string, number: number, details: Partial<EventDetails> = {}): void {
    const told = { publication: number, topic: 'com.example', ...details };
    for (const handler of this.#handlers.get(key) ?? []) handler([number], {}, told);
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function openSubscriptions(...endpoints: Endpoint[]) {
  const model = queueModel();
  const { queue, scheduler, handling } = model;
  const database = { current: undefined } as Part<FunctionHost>;
  const subscriptions = new Subscriptions({ queue, scheduler, handling }, database, pino({ level: 'silent' }));
  const session = new ModelSession();
  await subscriptions.replace(endpoints);
  const joined = subscriptions.join(session as unknown as EndpointSession);
  await session.answer();
  await joined;
  return { model, subscriptions, session };
}

describe('A subscription that replaces another in one transaction', () => {
  it('receives each event once: waiting events, and events before and after the router has answered', async () => {
    const { model, subscriptions, session } = await openSubscriptions(endpointOf('1', {}));
    model.scheduler.pause();
    session.event('exact com.example.topic', 1);
    const changed = subscriptions.change({ changed: [endpointOf('2', {})], removed: ['1'] });
    session.event('exact com.example.topic', 2);
    await session.answer();
    session.event('exact com.example.topic', 3);
    await changed;
    session.event('exact com.example.topic', 4);
    model.scheduler.resume();
    await model.scheduler.idle();
    expect([...model.handled]).to.deep.equal([['2', range(1, 4)]]);
    expect(model.dropped.size).to.equal(0);
    expect(session.ended).to.deep.equal(['exact com.example.topic']);
  });

  it('receives a retained event only if it requests it', async () => {
    for (const [get_retained, numbers] of [
      [true, [1, 2, 9]],
      [false, [1, 2]],
    ] as const) {
      const { model, subscriptions, session } = await openSubscriptions(endpointOf('1', { get_retained: true }));
      const changed = subscriptions.change({ changed: [endpointOf('2', { get_retained })], removed: ['1'] });
      session.event('exact com.example.topic', 1);
      await session.answer();
      session.event('exact com.example.topic', 2);
      session.event('exact com.example.topic', 9, { retained: true });
      await changed;
      await model.scheduler.idle();
      expect([...(model.handled.get('1') ?? []), ...(model.handled.get('2') ?? [])]).to.deep.equal(numbers);
    }
  });

  it('receives no events of another topic, match policy or handler', async () => {
    const pattern = { ...endpointOf('2', {}), match: 'prefix' as const };
    const another = { ...endpointOf('3', {}), uri: 'com.example.another' };
    const { model, subscriptions, session } = await openSubscriptions(endpointOf('1', {}), pattern, another);
    model.scheduler.pause();
    const publish = (number: number) => {
      session.event('exact com.example.topic', number);
      session.event('prefix com.example.topic', 10 + number);
      session.event('exact com.example.another', 20 + number);
    };
    publish(1);
    const successors = [endpointOf('4', {}), endpointOf('5', {}), { ...pattern, id: '6' }];
    const changed = subscriptions.change({ changed: successors, removed: ['2', '1', '3'] });
    publish(2);
    await session.answer();
    await changed;
    publish(3);
    model.scheduler.resume();
    await model.scheduler.idle();
    expect([...model.handled].toSorted()).to.deep.equal([
      ['4', [1, 2, 3]],
      ['5', [3]],
      ['6', [11, 12, 13]],
    ]);
    expect([...model.dropped]).to.deep.equal([['3', 2]]);
  });

  it('continues with the events of the former one in a new session', async () => {
    const { model, subscriptions, session } = await openSubscriptions(endpointOf('1', {}));
    model.scheduler.pause();
    session.event('exact com.example.topic', 1);
    subscriptions.leave();
    session.event('exact com.example.topic', 2);
    await subscriptions.change({ changed: [endpointOf('2', {})], removed: ['1'] });
    const next = new ModelSession();
    const joined = subscriptions.join(next as unknown as EndpointSession);
    await next.answer();
    await joined;
    next.event('exact com.example.topic', 3);
    model.scheduler.resume();
    await model.scheduler.idle();
    expect([...model.handled]).to.deep.equal([['2', [1, 3]]]);
  });

  it('releases each of several replaced subscriptions', async () => {
    const { model, subscriptions, session } = await openSubscriptions(endpointOf('0', {}));
    for (const id of range(1, 20)) {
      const change = { changed: [endpointOf(String(id), {})], removed: [String(id - 1)] };
      const changed = subscriptions.change(change);
      session.event('exact com.example.topic', id);
      await session.answer();
      await changed;
    }
    await model.scheduler.idle();
    expect([...model.handled.values()].flat()).to.deep.equal(range(1, 20));
    expect(session.ended).to.have.length(20);
  });
});
