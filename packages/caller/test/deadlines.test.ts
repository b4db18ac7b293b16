import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { Deadlines } from '../src/deadlines.ts';

/** A call, and the milliseconds until it expired. */
class ExpiringCall {
  expired: number | undefined;
  readonly #start = performance.now();

  expire(): void {
    this.expired = performance.now() - this.#start;
  }
}

function allExpired(calls: readonly ExpiringCall[]): Promise<unknown> {
  return waitFor(() => calls.every(({ expired }) => expired !== undefined), { what: 'the calls to expire' });
}

describe('Deadlines', () => {
  it('pass in their order and never early, also when all former ones have passed', async () => {
    const deadlines = new Deadlines();
    for (let round = 0; round < 2; round += 1) {
      const calls = [260, 1, 60].map((milliseconds) => {
        const call = new ExpiringCall();
        deadlines.set(call, milliseconds);
        return call;
      });
      await allExpired(calls);
      const [last = 0, first = 0, second = 0] = calls.map(({ expired }) => expired);
      expect(first).to.be.within(1, second);
      expect(second).to.be.within(60, last);
      expect(last).to.be.at.least(260);
    }
  });

  it('can be moved and deleted', async () => {
    const deadlines = new Deadlines();
    const [moved, deleted, last] = [new ExpiringCall(), new ExpiringCall(), new ExpiringCall()];
    for (const call of [moved, deleted]) deadlines.set(call, 20);
    deadlines.set(moved, 130);
    deadlines.delete(deleted);
    deadlines.set(last, 200);
    await allExpired([moved, last]);
    expect(moved.expired).to.be.at.least(130);
    expect(deleted.expired).to.equal(undefined);
  });
});
