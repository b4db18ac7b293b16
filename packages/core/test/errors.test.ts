import * as core from '@pgwamp/core';
import { expect } from 'chai';

describe('the errors of core', () => {
  it('all extend PgwampError', () => {
    for (const [name, error] of Object.entries(core)) {
      if (name !== 'PgwampError') expect(error.prototype, name).to.be.instanceOf(core.PgwampError);
    }
  });

  it('are named by their class', () => {
    expect(new core.StoppedError().name).to.equal('StoppedError');
    expect(String(new core.WampError('com.example.error', ['why']))).to.equal('WampError: com.example.error: why');
  });
});
