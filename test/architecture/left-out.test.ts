import { expect } from 'chai';
import { withoutLeftOut } from '../../scripts/tests/left-out.ts';
import { suites } from '../../scripts/tests/suites.ts';

describe('The tests that are not run with Crossbar.io', () => {
  it('have the titles that they are listed by', () => {
    expect(withoutLeftOut(suites.crossbar?.files() ?? [])).to.include('--invert');
  });

  it('are missed when they are renamed', () => {
    expect(() => withoutLeftOut([])).to.throw('names tests that are not there');
  });
});
