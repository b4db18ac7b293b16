import { expect } from 'chai';
import { globPattern } from '../../src/channels/glob.ts';

describe('Glob of channel names', () => {
  const cases = [
    ['*', ['', 'people', 'a/b', 'a\nb'], []],
    ['people', ['people'], ['People', 'people2', ' people']],
    ['order*', ['order', 'orders', 'order.new'], ['reorder']],
    ['*.new', ['order.new'], ['order_new']],
    ['room-?', ['room-1', 'room-ü', 'room-😀'], ['room-', 'room-12']],
    ['[a-c]*', ['ada', 'cy'], ['dora', '']],
    ['[!a-c]*', ['dora'], ['ada']],
    ['[^a]', ['b'], ['a']],
    ['[]a]', [']', 'a'], ['b']],
    ['[a^b]', ['^', 'a'], ['c']],
    ['[[:digit:]]', ['7'], ['x', ':']],
    ['[[:alpha:]_]', ['ä', '_'], ['1']],
    ['a.b', ['a.b'], ['axb']],
    ['a\\*', ['a*'], ['ab']],
    ['(a|b)+$', ['(a|b)+$'], ['a']],
  ] as const;

  for (const [glob, matches, others] of cases) {
    it(`matches the whole name: ${glob}`, () => {
      const pattern = globPattern(glob) ?? expect.fail('no glob');
      expect(matches.filter((name) => !pattern.test(name))).to.deep.equal([]);
      expect(others.filter((name) => pattern.test(name))).to.deep.equal([]);
    });
  }

  for (const glob of ['[a', 'a[', 'a\\', '[z-a]', '[[:letter:]]']) {
    it(`is invalid: ${glob}`, () => expect(globPattern(glob)).to.equal(undefined));
  }
});
