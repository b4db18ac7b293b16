import { createRequire } from 'node:module';
import { expect } from 'chai';
import { autobahn } from '../../../src/wamp/autobahn/library.ts';

const require = createRequire(import.meta.url);

describe('autobahn()', () => {
  it('loads the classes of the whole library, so that an application recognizes errors and results', () => {
    const { Session, Error, Result } = autobahn();
    const whole = require('autobahn');
    expect([Session, Error, Result]).to.deep.equal([whole.Session, whole.Error, whole.Result]);
  });
});
