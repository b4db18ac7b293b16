import * as core from '@pgwamp/core';
import { expect } from 'chai';

describe('Errors of core', () => {
  it('all extend PgwampError', () => {
    const classes = Object.entries(core).filter(([name]) => /^[A-Z]/.test(name) && name !== 'PgwampError');
    expect(classes).not.to.have.length(0);
    for (const [name, error] of classes) expect(error.prototype, name).to.be.instanceOf(core.PgwampError);
  });

  it('have the name of their class', () => {
    expect(new core.StoppedError().name).to.equal('StoppedError');
    expect(String(new core.WampError('com.example.error', ['why']))).to.equal('WampError: com.example.error: why');
  });
});
