import { expect } from 'chai';
import { backoff } from '../../src/backoff.ts';

async function pauseOf(pause: ReturnType<typeof backoff>): Promise<number> {
  const begin = performance.now();
  await pause.wait(new AbortController().signal);
  return performance.now() - begin;
}

describe('the pauses between two tries', () => {
  it('grow to twice as long each, up to the longest, and begin again after a success', async () => {
    const pause = backoff({ first: 40, most: 160 });
    for (const length of [40, 80, 160, 160]) expect(await pauseOf(pause)).to.be.within(length / 2 - 2, length + 60);
    pause.reset();
    expect(await pauseOf(pause)).to.be.within(18, 100);
  });

  it('have jitter: many clients do not come back all at once', async () => {
    const pauses = await Promise.all(Array.from({ length: 40 }, () => pauseOf(backoff({ first: 200, most: 200 }))));
    expect(Math.max(...pauses) - Math.min(...pauses)).to.be.above(30);
    expect(Math.min(...pauses)).to.be.above(98);
  });

  it('end at once when they are told to', async () => {
    const stop = new AbortController();
    const begin = performance.now();
    const waiting = backoff({ first: 60_000, most: 60_000 }).wait(stop.signal);
    stop.abort();
    await waiting;
    await backoff({ first: 60_000, most: 60_000 }).wait(stop.signal);
    expect(performance.now() - begin).to.be.below(1000);
  });
});
