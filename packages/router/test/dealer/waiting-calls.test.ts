import { NO_PAYLOAD } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { PendingCall } from '../../src/dealer/pending-call.ts';
import { WaitingCalls } from '../../src/dealer/waiting-calls.ts';

/** Calls are compared by identity alone here. */
function createCalls(count: number): PendingCall[] {
  return Array.from({ length: count }, () => ({}) as PendingCall);
}

describe('waiting calls', () => {
  it('come out in the order in which they went in, whatever was taken away between them', () => {
    const waiting = new WaitingCalls({ bytes: 0 });
    const [a, b, c, d] = createCalls(4) as [PendingCall, PendingCall, PendingCall, PendingCall];
    for (const call of [a, b, c]) waiting.add(call, NO_PAYLOAD, 10);
    expect(waiting.take()?.call).to.equal(a);
    waiting.delete(b);
    waiting.add(d, NO_PAYLOAD, 10);
    expect(waiting.take()?.call).to.equal(c);
    expect(waiting.take()?.call).to.equal(d);
    expect(waiting.take()).to.equal(undefined);
    waiting.add(a, NO_PAYLOAD, 10);
    expect(waiting.take()?.call).to.equal(a);
  });

  it('count every message and its bytes, of calls that are gone none', () => {
    const space = { bytes: 5 };
    const waiting = new WaitingCalls(space);
    const [a, b] = createCalls(2) as [PendingCall, PendingCall];
    for (const call of [a, a, b]) waiting.add(call, NO_PAYLOAD, 10);
    expect(waiting.size).to.equal(3);
    expect(space.bytes).to.equal(35);
    waiting.delete(a);
    waiting.delete(a);
    expect(waiting.size).to.equal(1);
    expect(waiting.take()?.payloads).to.eql([NO_PAYLOAD]);
    expect(waiting.size).to.equal(0);
    expect(space.bytes).to.equal(5);
  });

  it('take no longer to come out where many wait', () => {
    const waiting = new WaitingCalls({ bytes: 0 });
    for (const call of createCalls(20_000)) waiting.add(call, NO_PAYLOAD, 10);
    const begin = performance.now();
    for (const call of createCalls(100_000)) {
      waiting.add(call, NO_PAYLOAD, 10);
      waiting.take();
    }
    // A walk over all that were taken before would take minutes.
    expect(performance.now() - begin).to.be.below(2_000);
    expect(waiting.size).to.equal(20_000);
  });
});
