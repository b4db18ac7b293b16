import { NO_PAYLOAD } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { PendingCall } from '../../src/dealer/pending-call.ts';
import { Registration } from '../../src/dealer/registration.ts';
import { WaitingCalls } from '../../src/dealer/waiting-calls.ts';

function createRegistration(): Registration {
  return new Registration(1, 'com.example.procedure', 'exact', 'single');
}

/** Calls of a registration, which are compared by identity alone here. */
function createCalls(registration: Registration, count: number): PendingCall[] {
  return Array.from({ length: count }, () => ({ registration }) as PendingCall);
}

describe('WaitingCalls', () => {
  it('return calls in their order, whichever calls are removed', () => {
    const waiting = new WaitingCalls();
    const registration = createRegistration();
    const take = () => waiting.take(registration)?.call;
    const [a, b, c, d] = createCalls(registration, 4) as [PendingCall, PendingCall, PendingCall, PendingCall];
    for (const call of [a, b, c]) waiting.add(call, NO_PAYLOAD, 10);
    expect(take()).to.equal(a);
    waiting.delete(b);
    waiting.add(d, NO_PAYLOAD, 10);
    expect(take()).to.equal(c);
    expect(take()).to.equal(d);
    expect(take()).to.equal(undefined);
    waiting.add(a, NO_PAYLOAD, 10);
    expect(take()).to.equal(a);
  });

  it('count the messages of each registration and the bytes of all, without removed calls', () => {
    const waiting = new WaitingCalls();
    const [registration, other] = [createRegistration(), createRegistration()];
    const [a, b] = createCalls(registration, 2) as [PendingCall, PendingCall];
    for (const call of [a, a, b, ...createCalls(other, 1)]) waiting.add(call, NO_PAYLOAD, 10);
    expect(waiting.countOf(registration)).to.equal(3);
    expect(waiting.bytes).to.equal(40);
    waiting.delete(a);
    waiting.delete(a);
    expect(waiting.countOf(registration)).to.equal(1);
    expect(waiting.take(registration)?.payloads).to.eql([NO_PAYLOAD]);
    expect(waiting.countOf(registration)).to.equal(0);
    expect(waiting.bytes).to.equal(10);
  });

  it('move to the registration that takes over the procedure', () => {
    const waiting = new WaitingCalls();
    const [former, next] = [createRegistration(), createRegistration()];
    const [a, b] = createCalls(former, 2) as [PendingCall, PendingCall];
    for (const call of [a, b]) waiting.add(call, NO_PAYLOAD, 10);
    waiting.move(former, next);
    expect(waiting.countOf(former)).to.equal(0);
    expect(waiting.take(next)?.call).to.equal(a);
    waiting.delete(b);
    expect(waiting.take(next)).to.equal(undefined);
    expect(waiting.bytes).to.equal(0);
  });

  // A walk over all calls that were taken before would take minutes, which the test runner does not wait.
  it('return a call in constant time, for any number of waiting calls', () => {
    const waiting = new WaitingCalls();
    const registration = createRegistration();
    for (const call of createCalls(registration, 20_000)) waiting.add(call, NO_PAYLOAD, 10);
    for (const call of createCalls(registration, 100_000)) {
      waiting.add(call, NO_PAYLOAD, 10);
      waiting.take(registration);
    }
    expect(waiting.countOf(registration)).to.equal(20_000);
  });
});
