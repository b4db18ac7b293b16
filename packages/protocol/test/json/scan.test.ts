import { expect } from 'chai';
import fc from 'fast-check';
import { commasOf, endOfBrackets, isDeeperThan, offsetOfElement } from '../../src/json/scan.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const value = fc.jsonValue({ maxDepth: 4 });
const list = fc.array(value, { minLength: 1, maxLength: 5 });
const indent = fc.constantFrom(undefined, 1);

describe('JSON scan', () => {
  it('finds every element of a list, for any strings in it', () => {
    fc.assert(
      fc.property(list, indent, (elements, space) => {
        const text = JSON.stringify(elements, undefined, space);
        const commas = commasOf(text, Number.POSITIVE_INFINITY);
        const bounds = [0, ...commas, text.length - 1];
        const found = elements.map((_, index) => JSON.parse(text.slice((bounds[index] ?? 0) + 1, bounds[index + 1])));
        expect(JSON.stringify(found)).to.equal(JSON.stringify(elements));
        for (let count = 1; count < elements.length; count++) {
          expect(offsetOfElement(text, count)).to.equal((commas[count - 1] ?? 0) + 1);
        }
        expect(commasOf(text, 1)).to.deep.equal(commas.slice(0, 1));
      }),
    );
  });

  it('finds the end of a list, and its depth', () => {
    fc.assert(
      fc.property(list, indent, (elements, space) => {
        const text = JSON.stringify(elements, undefined, space);
        expect(endOfBrackets(`${text},"]"`, 0)).to.equal(text.length);
        // A text that is too short to be so deep is not looked at.
        const padded = text + ' '.repeat(20);
        expect(isDeeperThan(padded, depthOf(elements))).to.equal(false);
        expect(isDeeperThan(padded, depthOf(elements) - 1)).to.equal(true);
      }),
    );
  });

  it('ends with the text if it is not JSON', () => {
    for (const text of ['', '[', '["', '["\\', '[[}', '{"a":[']) {
      expect(endOfBrackets(text, 0)).to.be.at.least(text.length);
      expect(commasOf(text, 2)).to.deep.equal([]);
      expect(isDeeperThan(text, 1)).to.be.a('boolean');
    }
  });
});
