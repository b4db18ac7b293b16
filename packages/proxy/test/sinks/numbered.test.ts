import { expect } from 'chai';
import { Numbered } from '../../src/sinks/numbered.ts';

describe('Numbered', () => {
  it('returns each item once by its number, in any order, also after many were removed', () => {
    const numbered = new Numbered<string>();
    const numbers: number[] = [];
    for (let index = 0; index < 5000; index += 1) {
      numbers.push(numbered.next);
      numbered.add(`item ${index}`);
      // One stays behind for long, and the others leave in turns of two.
      if (index % 2 === 1 && index > 1) {
        expect(numbered.take(index)).to.equal(`item ${index}`);
        expect(numbered.take(index - 1)).to.equal(`item ${index - 1}`);
      }
    }
    expect(numbers).to.deep.equal([...numbers.keys()]);
    expect(numbered.take(1234)).to.equal(undefined);
    expect(numbered.take(0)).to.equal('item 0');
    expect(numbered.take(1)).to.equal('item 1');
    expect(numbered.take(0)).to.equal(undefined);
    numbered.add('last');
    expect(numbered.take(5000)).to.equal('last');
    expect(numbered.take(5001)).to.equal(undefined);
  });
});
