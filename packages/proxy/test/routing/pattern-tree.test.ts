import { expect } from 'chai';
import { PatternTree, tableParts } from '../../src/routing/pattern-tree.ts';

const treeOf = (...patterns: readonly string[]) =>
  new PatternTree(patterns.map((pattern) => ({ parts: pattern.split('.'), target: pattern })));

/** Matches a name by comparing it with every pattern. */
function matching(patterns: readonly string[], name: string): string[] {
  return patterns.filter((pattern) => {
    const parts = pattern.split('.');
    const endsOpen = parts.at(-1) === '*';
    const texts = parts.map((part) =>
      part
        .split('*')
        .map((text) => text.replace(/\W/g, '\\$&'))
        .join('[^.]*'),
    );
    if (endsOpen) texts[texts.length - 1] = '.+';
    return new RegExp(`^${texts.join('\\.')}$`).test(name);
  });
}

describe('PatternTree', () => {
  it('finds patterns that match a name: literal parts, * for a part, for the rest, and within a part', () => {
    const patterns = [
      'a.b',
      'a.*',
      '*.b',
      '*.*',
      '*',
      'a.b.c',
      'a.*.c',
      'a*.b',
      '*a*.*',
      'b.*',
      '*.c',
      'a.x*y',
      'a.b.*',
      'A.b',
      'a.(b',
    ];
    for (const name of ['a', 'a.b', 'a.b.c', 'b.b', 'ab.b', 'xay.b', 'a.xy', 'a.x.y', 'c.c', 'a.(b', 'A.b', '.b']) {
      expect(treeOf(...patterns).find(name.split('.')), name).to.deep.equal(matching(patterns, name));
    }
  });

  it('reads a name without a dot as a table of any schema, and later dots as a part of the table', () => {
    expect(tableParts('orders')).to.deep.equal(['*', 'orders']);
    expect(tableParts('shop.a.b')).to.deep.equal(['shop', 'a.b']);
  });

  it('visits as many nodes among 1,000 patterns as among one', () => {
    const stepsAmong = (count: number) => {
      const patterns = Array.from({ length: count }, (_, index) => [
        `shop${index}.orders`,
        `shop${index}.*`,
        `*.table${index}`,
      ]);
      const tree = treeOf(...patterns.flat());
      let steps = 0;
      expect(tree.find(['shop0', 'orders'], () => (steps += 1))).to.deep.equal(['shop0.orders', 'shop0.*']);
      return steps;
    };
    expect(stepsAmong(1000)).to.equal(stepsAmong(1));
  });
});
