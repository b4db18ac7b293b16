import { expect } from 'chai';
import { backoff } from '../../src/backoff.ts';

async function pauseOf(pause: ReturnType<typeof backoff>): Promise<number> {
  const begin = performance.now();
  await pause.wait(new AbortController().signal);
  return performance.now() - begin;
}

describe('Backoff', () => {
  it('doubles the pause up to the maximum, and starts again after reset()', async () => {
    const pause = backoff({ first: 40, max: 160 });
    for (const length of [40, 80, 160, 160]) expect(await pauseOf(pause)).to.be.at.least(length / 2 - 2);
    pause.reset();
    expect(await pauseOf(pause)).to.be.at.least(18);
  });

  it('has jitter, so that many clients do not reconnect at the same time', async () => {
    const pauses = await Promise.all(Array.from({ length: 40 }, () => pauseOf(backoff({ first: 200, max: 200 }))));
    expect(Math.max(...pauses) - Math.min(...pauses)).to.be.above(30);
    expect(Math.min(...pauses)).to.be.above(98);
  });

  it('ends immediately when the signal aborts', async () => {
    const stop = new AbortController();
    const pause = backoff({ first: 60_000, max: 60_000 });
    let ended = 0;
    const waiting = pause.wait(stop.signal).then(() => {
      ended += 1;
    });
    expect(ended).to.equal(0);
    stop.abort();
    await waiting;
    await pause.wait(stop.signal);
    expect(ended).to.equal(1);
  });
});
