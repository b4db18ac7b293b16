import { expect } from 'chai';
import { BatchSize } from '../src/batch-size.ts';

/** A size whose clock the test sets, and transactions that last for so many milliseconds. */
function clocked() {
  let time = 0;
  const last = (milliseconds: number) => async () => {
    time += milliseconds;
  };
  return { batchSize: new BatchSize(() => time), last };
}

describe('The size of batches', () => {
  it('is one event at first, and many of a fast handler', async () => {
    const { batchSize, last } = clocked();
    expect(batchSize.size).to.equal(1);
    await batchSize.measure(100, last(2));
    expect(batchSize.size).to.equal(256);
  });

  it('is the number of events that fits a short transaction', async () => {
    const { batchSize, last } = clocked();
    await batchSize.measure(2, last(6));
    expect(batchSize.size).to.equal(6);
    await batchSize.measure(1, last(25));
    expect(batchSize.size).to.equal(1);
  });

  it('does not change after a failure', async () => {
    const { batchSize, last } = clocked();
    await batchSize.measure(100, last(1));
    const size = batchSize.size;
    const failure = await batchSize
      .measure(1, () => Promise.reject(new Error('no')))
      .catch((error: Error) => error.message);
    expect([failure, batchSize.size]).to.deep.equal(['no', size]);
  });

  it('is a power of two, limited by the number of events', async () => {
    const { batchSize, last } = clocked();
    expect([0, 1, 9].map((events) => batchSize.of(events))).to.deep.equal([1, 1, 1]);
    await batchSize.measure(100, last(2));
    const sizes = [0, 1, 2, 3, 4, 7, 8, 100, 255, 256, 1000].map((events) => batchSize.of(events));
    expect(sizes).to.deep.equal([1, 1, 2, 2, 4, 4, 8, 64, 128, 256, 256]);
  });
});
