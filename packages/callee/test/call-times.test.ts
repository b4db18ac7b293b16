import type { Endpoint } from '@pgwamp/core/internal/functions';
import { expect } from 'chai';
import { CallTimes } from '../src/call-times.ts';

const endpoint = (id: string) => ({ id, uri: `com.example.${id}`, match: 'exact' }) as Endpoint;

describe('the times of calls', () => {
  it('contain the rate and the percentiles of each procedure', () => {
    let now = 0;
    const times = new CallTimes(() => now);
    for (let milliseconds = 1; milliseconds <= 100; milliseconds += 1) times.add(endpoint('a'), milliseconds);
    times.add(endpoint('b'), 0);
    now = 10_000;
    const [a, b] = times.all;
    expect(a).to.include({ uri: 'com.example.a', match: 'exact', calls: 100, callsPerSecond: 10 });
    expect(a?.p50).to.be.closeTo(50, 3);
    expect(a?.p99).to.be.closeTo(99, 6);
    expect(b).to.include({ uri: 'com.example.b', calls: 1 });
  });

  it('are of the present period and the one before', () => {
    let now = 0;
    const times = new CallTimes(() => now);
    times.add(endpoint('a'), 1000);
    now = 40_000;
    times.add(endpoint('a'), 1);
    expect(times.all[0]).to.include({ calls: 2, callsPerSecond: 0.05 });
    now = 70_000;
    expect(times.all[0]).to.include({ calls: 1 });
    expect(times.all[0]?.p99).to.be.closeTo(1, 0.1);
    now = 200_000;
    expect(times.all).to.deep.equal([]);
  });

  it('take an hour for the longest, and keep nothing of more procedures than they measure', () => {
    const times = new CallTimes(() => 0);
    times.add(endpoint('0'), 1e9);
    for (let id = 1; id < 1100; id += 1) times.add(endpoint(String(id)), 1);
    expect(times.all).to.have.length(1000);
    expect(times.all[0]?.p50).to.be.closeTo(3_600_000, 250_000);
  });
});
