import { expect } from 'chai';
import { FailedAttempts } from '../../src/index.ts';

function clock() {
  let time = 0;
  return { now: () => time, pass: (milliseconds: number) => (time += milliseconds) };
}

describe('Failed attempts', () => {
  it('delay only the address that exceeds the limit', () => {
    const { now, pass } = clock();
    const attempts = new FailedAttempts({ perMinute: 6, now });
    for (let failure = 0; failure < 6; failure++) {
      expect(attempts.pause('192.0.2.1')).to.equal(0);
      attempts.add('192.0.2.1');
    }
    expect(attempts.pause('192.0.2.1')).to.equal(10_000);
    expect(attempts.pause('192.0.2.2')).to.equal(0);
    pass(9_999);
    expect(attempts.pause('192.0.2.1')).to.equal(1);
    pass(1);
    expect(attempts.pause('192.0.2.1')).to.equal(0);
    attempts.add('192.0.2.1');
    expect(attempts.pause('192.0.2.1')).to.equal(10_000);
    pass(60_000);
    expect(attempts.pause('192.0.2.1')).to.equal(0);
  });

  it('are remembered for a limited number of addresses', () => {
    const attempts = new FailedAttempts({ perMinute: 1, addresses: 3, now: () => 0 });
    for (let address = 0; address < 100; address++) attempts.add(`192.0.2.${address}`);
    expect(attempts.size).to.equal(3);
    expect(attempts.pause('192.0.2.99')).to.be.above(0);
    expect(attempts.pause('192.0.2.0')).to.equal(0);
  });

  it('are counted for a whole IPv6 network', () => {
    const pauseAfter = (failed: string, address: string) => {
      const attempts = new FailedAttempts({ perMinute: 1, now: () => 0 });
      attempts.add(failed);
      return attempts.pause(address);
    };
    expect(pauseAfter('2001:db8:1:2::3', '2001:db8:1:2:ffff:1:2:3')).to.be.above(0);
    expect(pauseAfter('2001:db8::3', '2001:db8:0:0:1::')).to.be.above(0);
    expect(pauseAfter('2001:db8:1:2::3', '2001:db8:1:3::3')).to.equal(0);
    expect(pauseAfter('::1', '::1')).to.be.above(0);
    expect(pauseAfter('::ffff:192.0.2.1', '192.0.2.1')).to.be.above(0);
    expect(pauseAfter('unix', 'unix')).to.be.above(0);
  });
});
