import { expect } from 'chai';
import { withoutLeftOut } from '../../scripts/tests/left-out.ts';
import { suites } from '../../scripts/tests/suites.ts';

describe('Tests that are not run with Crossbar.io', () => {
  it('exist with the listed titles', () => {
    expect(withoutLeftOut(suites.crossbar?.files() ?? [])).to.include('--invert');
  });

  it('are reported if they were renamed', () => {
    expect(() => withoutLeftOut([])).to.throw('names tests that are not there');
  });
});
