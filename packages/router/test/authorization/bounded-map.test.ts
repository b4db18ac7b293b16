import { expect } from 'chai';
import { BoundedMap } from '../../src/authorization/bounded-map.ts';

/** The number of these keys that the map still has after all were set. */
function known(keys: readonly string[]): number {
  const map = new BoundedMap<true>();
  for (const key of keys) map.set(key, true);
  return keys.filter((key) => map.get(key)).length;
}

describe('BoundedMap', () => {
  it('forgets all entries when there are too many, or their keys are too long', () => {
    const keys = (count: number, length: number) => Array.from({ length: count }, (_, i) => `${i}`.padEnd(length, 'x'));
    expect(known(keys(10_000, 5))).to.equal(10_000);
    expect(known(keys(10_001, 5))).to.equal(1);
    expect(known(keys(300, 4_096))).to.equal(300 - 256);
    expect(known(keys(1, 2_000_000))).to.equal(0);
  });
});
