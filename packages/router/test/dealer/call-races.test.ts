import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';
import type { Elements } from '../support/wamp-client.ts';

const PROCEDURE = 'com.example.procedure';
const CANCELING = { callee: ['call_canceling', 'registration_revocation'] };

/** The answers that a caller received: request and error, or only the request for a result. */
function outcomes({ received }: { received: readonly Elements[] }): unknown[] {
  return received.map(([type, first, request, , error]) => (type === 50 ? [first] : [request, error]));
}

describe('Sessions that end while they receive a message', () => {
  it('as callees during INVOCATION: the caller receives one error', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1).leaveOn(MessageType.INVOCATION);
    const caller = new DirectSession(realm, 2);
    callee.request([MessageType.REGISTER, 1, {}, PROCEDURE]);
    caller.request([MessageType.CALL, 1, {}, PROCEDURE]);
    expect(outcomes(caller)).to.eql([[1, Uri.CANCELED]]);
    expect(realm.dealer.calls.size).to.equal(0);
    expect(realm.dealer.registrations.size).to.equal(0);
  });

  it('as callees during the INVOCATION of a waiting call: later waiting calls are canceled too', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1);
    const caller = new DirectSession(realm, 2);
    callee.request([MessageType.REGISTER, 1, { concurrency: 1 }, PROCEDURE]);
    for (const request of [1, 2, 3, 4]) caller.request([MessageType.CALL, request, {}, PROCEDURE]);
    callee.leaveOn(MessageType.INVOCATION).request([MessageType.YIELD, 1, {}]);
    expect(outcomes(caller).sort()).to.eql([[1], [2, Uri.CANCELED], [3, Uri.CANCELED], [4, Uri.CANCELED]]);
    expect(realm.dealer.calls.size).to.equal(0);
  });

  it('as callees of a shared registration during INVOCATION: other callees receive the waiting calls', () => {
    const realm = createRealm();
    const callees = [1, 2].map((id) => new DirectSession(realm, id));
    const caller = new DirectSession(realm, 3);
    for (const callee of callees)
      callee.request([MessageType.REGISTER, 1, { concurrency: 1, invoke: 'first' }, PROCEDURE]);
    for (const request of [1, 2, 3, 4]) caller.request([MessageType.CALL, request, {}, PROCEDURE]);
    callees[0]?.leaveOn(MessageType.INVOCATION).request([MessageType.YIELD, 1, {}]);
    expect(outcomes(caller)).to.eql([[1], [3, Uri.CANCELED]]);
    callees[1]?.request([MessageType.YIELD, 1, {}]);
    callees[1]?.request([MessageType.YIELD, 2, {}]);
    expect(outcomes(caller).slice(2)).to.eql([[2], [4]]);
  });

  it('as callees during INTERRUPT: the call has ended, or its caller receives one error', () => {
    for (const mode of ['kill', 'killnowait']) {
      const realm = createRealm();
      const callee = new DirectSession(realm, 1, CANCELING).leaveOn(MessageType.INTERRUPT);
      const caller = new DirectSession(realm, 2);
      callee.request([MessageType.REGISTER, 1, {}, PROCEDURE]);
      caller.request([MessageType.CALL, 1, {}, PROCEDURE]);
      caller.request([MessageType.CANCEL, 1, { mode }]);
      expect(outcomes(caller)).to.eql([[1, Uri.CANCELED]]);
    }
  });

  it('as callees during the INTERRUPTs for a caller that leaves', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1, CANCELING).leaveOn(MessageType.INTERRUPT);
    const leaving = new DirectSession(realm, 2);
    const caller = new DirectSession(realm, 3);
    callee.request([MessageType.REGISTER, 1, {}, PROCEDURE]);
    for (const request of [1, 2]) leaving.request([MessageType.CALL, request, {}, PROCEDURE]);
    caller.request([MessageType.CALL, 1, {}, PROCEDURE]);
    leaving.leave();
    expect(callee.of(69)).to.have.length(1);
    expect(outcomes(caller)).to.eql([[1, Uri.CANCELED]]);
    expect(realm.dealer.calls.size).to.equal(0);
  });

  it('as callers during RESULT: the next call takes the place', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1);
    const leaving = new DirectSession(realm, 2).leaveOn(MessageType.RESULT);
    const caller = new DirectSession(realm, 3);
    callee.request([MessageType.REGISTER, 1, { concurrency: 1 }, PROCEDURE]);
    for (const request of [1, 2]) leaving.request([MessageType.CALL, request, {}, PROCEDURE]);
    caller.request([MessageType.CALL, 1, {}, PROCEDURE]);
    callee.request([MessageType.YIELD, 1, {}]);
    expect(callee.of(68)).to.have.length(2);
    callee.request([MessageType.YIELD, 2, {}]);
    expect(outcomes(caller)).to.eql([[1]]);
  });

  it('as callees during the revocation of their registration', () => {
    const realm = createRealm();
    const previous = [1, 2].map((id) => new DirectSession(realm, id, CANCELING).leaveOn(MessageType.UNREGISTERED));
    const next = new DirectSession(realm, 3);
    for (const callee of previous) callee.request([MessageType.REGISTER, 1, { invoke: 'random' }, PROCEDURE]);
    next.request([MessageType.REGISTER, 1, { force_reregister: true }, PROCEDURE]);
    next.request([MessageType.CALL, 2, {}, PROCEDURE]);
    expect(next.received.map(([type]) => type)).to.eql([65, 68]);
    expect(realm.dealer.registrations.size).to.equal(1);
  });

  it('as callees during a revocation by their own REGISTER: the registration and waiting calls end', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1, CANCELING).leaveOn(MessageType.UNREGISTERED);
    const caller = new DirectSession(realm, 2);
    callee.request([MessageType.REGISTER, 1, { concurrency: 1 }, PROCEDURE]);
    for (const request of [1, 2]) caller.request([MessageType.CALL, request, {}, PROCEDURE]);
    callee.request([MessageType.REGISTER, 2, { force_reregister: true }, PROCEDURE]);
    expect(outcomes(caller).sort()).to.eql([
      [1, Uri.CANCELED],
      [2, Uri.CANCELED],
    ]);
    expect(realm.dealer.registrations.size).to.equal(0);
  });

  it('as callees during REGISTERED', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1).leaveOn(MessageType.REGISTERED);
    callee.request([MessageType.REGISTER, 1, {}, PROCEDURE]);
    expect(realm.dealer.registrations.size).to.equal(0);
  });

  it('as callers of themselves', () => {
    const realm = createRealm();
    const session = new DirectSession(realm, 1, CANCELING);
    session.request([MessageType.REGISTER, 1, { concurrency: 1 }, PROCEDURE]);
    for (const request of [2, 3]) session.request([MessageType.CALL, request, {}, PROCEDURE]);
    session.leave();
    expect(session.received.map(([type]) => type)).to.eql([65, 68]);
    expect(realm.dealer.calls.size).to.equal(0);
  });
});
