import { expect } from 'chai';
import { withoutLeftOut } from '../../scripts/tests/left-out.ts';
import { suites } from '../../scripts/tests/suites.ts';

describe('Tests that are not run with Crossbar.io', () => {
  it('exist with the listed titles', () => {
    const [, pattern = ''] = withoutLeftOut(suites.crossbar?.files() ?? []);
    expect('the Callee limits the concurrent calls of a procedure').not.to.match(new RegExp(pattern));
    expect('the Callee registers functions').to.match(new RegExp(pattern));
  });

  it('are left out of the tests that -g selects', () => {
    const files = suites.crossbar?.files() ?? [];
    const [, pattern = '', ...others] = withoutLeftOut(files, ['a.test.ts', '-g', '^the Callee|calls']);
    expect(others).to.deep.equal(['a.test.ts']);
    expect('the Callee registers functions').to.match(new RegExp(pattern));
    expect('the Caller makes calls').to.match(new RegExp(pattern));
    expect('the Publisher').not.to.match(new RegExp(pattern));
    expect('the Callee limits the concurrent calls of a procedure').not.to.match(new RegExp(pattern));
  });

  it('are reported if they were renamed', () => {
    expect(() => withoutLeftOut([])).to.throw('names tests that are not there');
  });
});
