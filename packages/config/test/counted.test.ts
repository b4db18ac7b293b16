import { expect } from 'chai';
import { counted } from '../src/index.ts';

describe('counted()', () => {
  it('uses the plural unless the number is 1', () => {
    expect([0, 1, 2, 12_345].map((count) => counted(count, 'row'))).to.deep.equal([
      '0 rows',
      '1 row',
      '2 rows',
      '12,345 rows',
    ]);
  });
});
