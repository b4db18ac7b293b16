import { expect } from 'chai';
import { EventQueue, type QueuePart } from '../src/event-queue.ts';
import { event, fill, queueModel, range } from './support/subscription-queues.ts';

/** A source that records its calls. */
function upstream(canPause = true) {
  const told: string[] = [];
  const pause = () => {
    told.push('pause');
    return canPause;
  };
  return { told, pause, resume: () => told.push('resume') };
}

/** A handler that waits until it is let go. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { handle: () => promise, open: resolve };
}

describe('The queue of events', () => {
  it('pauses the session when it is full, until half of the events are handled', async () => {
    const { handle, open } = gate();
    const model = queueModel(handle, { events: 10, overflow: 'pause' });
    const { told, ...source } = upstream();
    model.queue.attach(source);
    const subscription = model.subscription('1');
    fill(subscription, 1, 9);
    expect(told).to.deep.equal([]);
    // Frames that the socket had already read still arrive.
    fill(subscription, 10, 13);
    expect(told).to.deep.equal(['pause']);
    open();
    await model.scheduler.idle();
    expect(told).to.deep.equal(['pause', 'resume']);
    expect(model.handled.get('1')).to.deep.equal(range(1, 13));
    expect(model.dropped.size).to.equal(0);
  });

  it('pauses a new session immediately when it is full', () => {
    const model = queueModel(gate().handle, { events: 5, overflow: 'pause' }, 0);
    const [first, second] = [upstream(), upstream()];
    model.queue.attach(first);
    fill(model.subscription('1'), 1, 5);
    model.queue.attach(second);
    expect([first.told, second.told]).to.deep.equal([['pause'], ['pause']]);
  });

  it('drops the oldest event of all subscriptions', async () => {
    const model = queueModel(undefined, { events: 6 }, 0);
    const [slow, other] = [model.subscription('slow'), model.subscription('other')];
    fill(slow, 1, 4);
    fill(other, 1, 4);
    expect([...model.dropped]).to.deep.equal([['slow', 2]]);
    fill(other, 5, 7);
    expect([...model.dropped]).to.deep.equal([
      ['slow', 4],
      ['other', 1],
    ]);
    expect(model.queue.size).to.equal(6);
  });

  it('also drops events when the session cannot be paused', () => {
    const model = queueModel(undefined, { events: 3, overflow: 'pause' }, 0);
    model.queue.attach(upstream(false));
    fill(model.subscription('1'), 1, 5);
    expect(model.dropped.get('1')).to.equal(2);
  });

  it('keeps the age of events that are put back', () => {
    const queue = new EventQueue({ events: 3, overflow: 'drop_oldest' });
    const dropped: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => queue.open(() => dropped.push(name))) as [
      QueuePart,
      QueuePart,
    ];
    queue.add(first, event(1));
    queue.add(second, event(2));
    const taken = queue.take(first, 1);
    for (const number of [3, 4, 5]) queue.add(second, event(number));
    expect(dropped).to.deep.equal(['second']);
    queue.requeue(first, taken);
    queue.add(second, event(6));
    expect(dropped).to.deep.equal(['second', 'first']);
    expect(queue.take(second, 10).map(({ args }) => args[0])).to.deep.equal([3, 4, 5, 6]);
  });

  it('drops the oldest of a thousand subscriptions, one after the other', () => {
    const queue = new EventQueue({ events: 1000, overflow: 'drop_oldest' });
    const dropped: number[] = [];
    const parts = Array.from({ length: 1000 }, (_, index) => queue.open(() => dropped.push(index)));
    for (let round = 0; round < 3; round += 1) for (const part of parts) queue.add(part, event(round));
    const order = Array.from({ length: 1000 }, (_, index) => index);
    expect(dropped).to.deep.equal([...order, ...order]);
    expect(queue.size).to.equal(1000);
  });

  it('forgets a part that is closed', () => {
    const queue = new EventQueue({ events: 2, overflow: 'drop_oldest' });
    const dropped: string[] = [];
    const [closed, open] = ['closed', 'open'].map((name) => queue.open(() => dropped.push(name))) as [
      QueuePart,
      QueuePart,
    ];
    queue.add(closed, event(1));
    expect(queue.close(closed)).to.equal(1);
    for (const number of [2, 3, 4]) queue.add(open, event(number));
    expect(dropped).to.deep.equal(['open']);
    expect(queue.size).to.equal(2);
  });
});
