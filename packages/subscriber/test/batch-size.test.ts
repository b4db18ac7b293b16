import { expect } from 'chai';
import { BatchSize } from '../src/batch-size.ts';

/** Keeps the thread busy: what takes time is what is measured. */
function last(milliseconds: number): () => Promise<void> {
  return async () => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
}

describe('The batchSize of a lane', () => {
  it('is one event at first, and many of a fast handler', async () => {
    const batchSize = new BatchSize();
    expect(batchSize.batch).to.equal(1);
    await batchSize.measure(100, last(2));
    expect(batchSize.batch).to.equal(256);
  });

  it('is so many events as make a short transaction', async () => {
    const batchSize = new BatchSize();
    await batchSize.measure(2, last(6));
    expect(batchSize.batch).to.be.within(1, 7);
    await batchSize.measure(1, last(25));
    expect(batchSize.batch).to.equal(1);
  });

  it('does not change by what failed', async () => {
    const batchSize = new BatchSize();
    await batchSize.measure(100, last(1));
    const batch = batchSize.batch;
    const failure = await batchSize
      .measure(1, () => Promise.reject(new Error('no')))
      .catch((error: Error) => error.message);
    expect([failure, batchSize.batch]).to.deep.equal(['no', batch]);
  });
});
