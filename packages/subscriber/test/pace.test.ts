import { expect } from 'chai';
import { Pace } from '../src/pace.ts';

/** Keeps the thread busy: what takes time is what is measured. */
function last(milliseconds: number): () => Promise<void> {
  return async () => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
}

describe('The pace of a lane', () => {
  it('is one event at first, and many of a fast handler', async () => {
    const pace = new Pace();
    expect(pace.batch).to.equal(1);
    await pace.measure(100, last(2));
    expect(pace.batch).to.equal(256);
  });

  it('is so many events as make a short transaction', async () => {
    const pace = new Pace();
    await pace.measure(2, last(6));
    expect(pace.batch).to.be.within(1, 7);
    await pace.measure(1, last(25));
    expect(pace.batch).to.equal(1);
  });

  it('does not change by what failed', async () => {
    const pace = new Pace();
    await pace.measure(100, last(1));
    const batch = pace.batch;
    const failure = await pace.measure(1, () => Promise.reject(new Error('no'))).catch((error: Error) => error.message);
    expect([failure, pace.batch]).to.deep.equal(['no', batch]);
  });
});
