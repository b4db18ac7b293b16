import { expect } from 'chai';
import { EventQueue, type WaitingEvent } from '../src/event-queue.ts';
import { event, fill, queueModel, range } from './support/subscription-queues.ts';

/** A source that remembers what it was told. */
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
  it('holds the session back while it is full, until half of it is done', async () => {
    const { handle, open } = gate();
    const model = queueModel(handle, { events: 10, overflow: 'pause' });
    const { told, ...source } = upstream();
    model.queue.attach(source);
    const lane = model.lane('1');
    fill(lane, 1, 9);
    expect(told).to.deep.equal([]);
    // What the socket had read already still comes.
    fill(lane, 10, 13);
    expect(told).to.deep.equal(['pause']);
    open();
    await model.scheduler.idle();
    expect(told).to.deep.equal(['pause', 'resume']);
    expect(model.handled.get('1')).to.deep.equal(range(1, 13));
    expect(model.dropped.size).to.equal(0);
  });

  it('holds a new session back at once when it is full', () => {
    const model = queueModel(gate().handle, { events: 5, overflow: 'pause' }, 0);
    const [first, second] = [upstream(), upstream()];
    model.queue.attach(first);
    fill(model.lane('1'), 1, 5);
    model.queue.attach(second);
    expect([first.told, second.told]).to.deep.equal([['pause'], ['pause']]);
  });

  it('drops what has waited longest, of whichever subscription that is', async () => {
    const model = queueModel(undefined, { events: 6 }, 0);
    const [slow, other] = [model.lane('slow'), model.lane('other')];
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

  it('drops as well when the session cannot be held back', () => {
    const model = queueModel(undefined, { events: 3, overflow: 'pause' }, 0);
    model.queue.attach(upstream(false));
    fill(model.lane('1'), 1, 5);
    expect(model.dropped.get('1')).to.equal(2);
  });

  it('counts what is put back as the oldest', () => {
    const queue = new EventQueue({ events: 2, overflow: 'drop_oldest' });
    const dropped: number[] = [];
    const [first, second, third] = [1, 2, 3].map((number) => waiting(queue, number, dropped)) as [
      WaitingEvent,
      WaitingEvent,
      WaitingEvent,
    ];
    queue.add(first);
    queue.remove(first);
    queue.add(second);
    queue.requeue(first);
    queue.add(third);
    expect(dropped).to.deep.equal([1]);
    expect(queue.size).to.equal(2);
  });
});

function waiting(queue: EventQueue, number: number, dropped: number[]): WaitingEvent {
  const dropOldest = () => {
    dropped.push(number);
    queue.remove(made);
  };
  const made = {
    ...event(number),
    lane: { dropOldest },
    failures: 0,
    pause: undefined,
    older: undefined,
    newer: undefined,
  };
  return made;
}
