import { StoppedError, WampError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { event, fill, queueModel, range } from './support/subscription-queues.ts';

const failure = new WampError('com.example.error', ['no']);

describe('The queue of a subscription', () => {
  it('handles events in order, in consecutive transactions with all waiting events', async () => {
    let open = 0;
    const model = queueModel(async () => {
      open += 1;
      expect(open).to.equal(1);
      await Promise.resolve();
      open -= 1;
    });
    const subscription = model.subscription('1');
    for (let burst = 0; burst < 10; burst += 1) {
      fill(subscription, burst * 50 + 1, burst * 50 + 50);
      await Promise.resolve();
    }
    await model.scheduler.idle();
    expect(model.handled.get('1')).to.deep.equal(range(1, 500));
    expect(model.transactions.length).to.be.within(2, 100);
    expect(model.queue.size).to.equal(0);
  });

  it('runs as many concurrent transactions as the option concurrency allows', async () => {
    const pending: (() => void)[] = [];
    const model = queueModel(() => new Promise((resolve) => pending.push(resolve)));
    const subscription = model.subscription('1', { concurrency: 3 });
    fill(subscription, 1, 10);
    await waitFor(() => pending.length === 3, { what: 'three transactions' });
    pending.pop()?.();
    await waitFor(() => pending.length === 3, { what: 'another one' });
    expect(model.handled.get('1')).to.have.length(1);
    for (let left = 10; model.scheduler.running > 0 && left > 0; left -= 1) {
      for (const resolve of pending.splice(0)) resolve();
      await new Promise(setImmediate);
    }
    expect(model.handled.get('1')).to.have.members(range(1, 10));
  });

  it('gives each event of a transaction that failed its own outcome, in order', async () => {
    const model = queueModel(async (numbers) => {
      if (numbers.some((number) => number % 7 === 0)) throw failure;
    });
    const subscription = model.subscription('1');
    fill(subscription, 1, 1);
    await model.scheduler.idle();
    fill(subscription, 2, 100);
    await model.scheduler.idle();
    expect(model.handled.get('1')).to.deep.equal(range(1, 100).filter((number) => number % 7 !== 0));
    expect(model.failed.map(({ number }) => number)).to.deep.equal(range(1, 14).map((factor) => factor * 7));
    expect(model.failed[0]?.error).to.equal(failure);
  });

  it('finds an event that fails among many by few transactions, and continues with many events in each', async () => {
    const attempts: number[] = [];
    const model = queueModel(async (numbers) => {
      attempts.push(numbers.length);
      if (numbers.includes(1200)) throw failure;
    });
    const subscription = model.subscription('1');
    fill(subscription, 1, 1000);
    await model.scheduler.idle();
    attempts.length = 0;
    fill(subscription, 1001, 2000);
    await model.scheduler.idle();
    expect(model.handled.get('1')).to.deep.equal(range(1, 2000).filter((number) => number !== 1200));
    expect(model.failed.map(({ number }) => number)).to.deep.equal([1200]);
    expect(attempts).to.have.length.below(60);
    expect(attempts.filter((events) => events === 1)).to.have.length.within(1, 32);
  });

  it('retries an event after a pause, before the events after it, and delays no other subscription', async () => {
    let failures = 2;
    const model = queueModel(
      async ([number], { id }) => {
        if (id === '1' && number === 1 && failures-- > 0) throw failure;
      },
      {},
      1,
    );
    const subscription = model.subscription('1', { retries: 2 });
    fill(subscription, 1, 3);
    const other = model.subscription('2');
    fill(other, 1, 3);
    await model.scheduler.idle();
    expect(model.handled.get('2')).to.deep.equal([1, 2, 3]);
    expect(model.handled.get('1')).to.equal(undefined);
    await waitFor(() => model.handled.get('1')?.length === 3, { what: 'the last try to succeed' });
    expect(model.handled.get('1')).to.deep.equal([1, 2, 3]);
    expect(model.tries).to.deep.equal([failure, failure]);
    expect(model.failed).to.deep.equal([]);
  });

  it('handles other events while one waits for a retry, if its concurrency is greater than one', async () => {
    const model = queueModel(async ([number]) => {
      if (number === 1) throw failure;
    });
    const subscription = model.subscription('1', { concurrency: 2, retries: 1 });
    subscription.add(event(1));
    await model.scheduler.idle();
    fill(subscription, 2, 9);
    await model.scheduler.idle();
    expect(model.handled.get('1')).to.deep.equal(range(2, 9));
    await waitFor(() => model.failed.length > 0, { what: 'the event to be given up' });
    expect(model.failed).to.deep.equal([{ number: 1, error: failure }]);
  });

  it('gives up events that wait for a retry immediately when retries expire', async () => {
    const model = queueModel(async ([number]) => {
      if (number === 1) throw failure;
    });
    const subscription = model.subscription('1', { retries: 100 });
    fill(subscription, 1, 3);
    await model.scheduler.idle();
    subscription.expireRetries();
    // Far less than the pause that it waits for.
    for (let turn = 0; turn < 5 && model.failed.length === 0; turn += 1) await new Promise(setImmediate);
    expect(model.failed).to.have.length(1);
    await model.scheduler.idle();
    expect(model.handled.get('1')).to.deep.equal([2, 3]);
  });

  it('drops and counts waiting events when it is closed, and also running ones that cannot be finished', async () => {
    const stopped = Promise.withResolvers<void>();
    const model = queueModel(() => stopped.promise);
    const subscription = model.subscription('1');
    fill(subscription, 1, 5);
    await waitFor(() => model.scheduler.running === 1, { what: 'the first transaction' });
    subscription.close();
    fill(subscription, 6, 7);
    expect(model.dropped.get('1')).to.equal(4);
    stopped.reject(new StoppedError());
    await model.scheduler.idle();
    expect(model.dropped.get('1')).to.equal(5);
    expect(model.queue.size).to.equal(0);
  });

  it('retries with pauses and logs failures that the handler has not caused', async () => {
    let failures = 2;
    const broken = new Error('out of memory');
    const model = queueModel(async () => {
      if (failures-- > 0) throw broken;
    });
    fill(model.subscription('1'), 1, 3);
    await waitFor(() => model.handled.get('1')?.length === 3, { what: 'the events to be handled' });
    expect(model.handled.get('1')).to.deep.equal([1, 2, 3]);
    expect(model.broken).to.deep.equal([broken, broken]);
    expect(model.failed).to.deep.equal([]);
  });
});
