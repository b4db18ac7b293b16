import { expect } from 'chai';
import * as fc from 'fast-check';
import { Deque } from '../src/deque.ts';

describe('A deque', () => {
  it('behaves like an array', () => {
    const steps = fc.array(fc.constantFrom('push', 'push', 'shift', 'unshift'), { maxLength: 200 });
    return fc.assert(
      fc.property(steps, (names) => {
        const [deque, array] = [new Deque<number>(), [] as number[]];
        names.forEach((name, index) => {
          if (name === 'shift') expect(deque.shift()).to.equal(array.shift());
          else {
            deque[name as 'push' | 'unshift'](index);
            array[name as 'push' | 'unshift'](index);
          }
          expect([deque.length, deque.first]).to.deep.equal([array.length, array[0]]);
        });
      }),
    );
  });

  it('removes the last of many items as fast as the first', () => {
    const deque = new Deque<number>();
    for (let round = 0; round < 3; round += 1) {
      for (let item = 0; item < 100_000; item += 1) deque.push(item);
      let taken = 0;
      while (deque.shift() === taken) taken += 1;
      expect([taken, deque.length]).to.deep.equal([100_000, 0]);
    }
  });
});
