import { expect } from 'chai';
import * as pgwamp from 'pgwamp';
import { errorClasses } from '../../scripts/errors/classes.ts';

describe('pgwamp', () => {
  it('exports the components, the router and the console', () => {
    expect(pgwamp).to.include.keys('Publisher', 'Subscriber', 'Callee', 'Caller', 'createRouter', 'serveConsole');
  });

  it('exports every error class of every package', () => {
    const names = errorClasses()
      .filter(({ code }) => code !== '')
      .map(({ name }) => name);
    expect(names.filter((name) => !(name in pgwamp))).to.deep.equal([]);
  });
});
