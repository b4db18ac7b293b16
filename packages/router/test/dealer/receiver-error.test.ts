import { json, MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';

const PROCEDURE = 'com.example.procedure';

/** A session for which no message with a payload of others can be written. */
class BrokenSession extends DirectSession {
  override send(...[head, payload]: Parameters<DirectSession['send']>): boolean {
    const isForeign = payload !== undefined && payload.rawFor(json) !== undefined;
    return isForeign ? false : super.send(head, payload);
  }
}

const CANCELING = { callee: ['call_canceling'] };

describe('Payload that cannot be serialized for its receiver', () => {
  it('ends the call if the receiver is the callee', () => {
    const realm = createRealm();
    const callee = new BrokenSession(realm, 1);
    const caller = new DirectSession(realm, 2);
    callee.request([MessageType.REGISTER, 1, { concurrency: 1 }, PROCEDURE]);
    for (const request of [1, 2]) {
      caller.request([MessageType.CALL, request, {}, PROCEDURE, ['large']]);
      expect(caller.received.at(-1)?.slice(0, 5)).to.eql([
        MessageType.ERROR,
        MessageType.CALL,
        request,
        {},
        Uri.CANCELED,
      ]);
    }
    expect(realm.dealer.calls.size).to.equal(0);
    expect(callee.hasLeft).to.equal(false);
  });

  it('ends the call with an error if the receiver is the caller', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1);
    const caller = new BrokenSession(realm, 2);
    callee.request([MessageType.REGISTER, 1, {}, PROCEDURE]);
    caller.request([MessageType.CALL, 1, {}, PROCEDURE]);
    callee.request([MessageType.YIELD, 1, {}, ['large']]);
    expect(caller.received.at(-1)?.slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED]);
    expect(callee.of(MessageType.ERROR)).to.eql([]);
    expect(realm.dealer.calls.size).to.equal(0);
  });

  it('ends the call and interrupts the callee if it is a progressive result', () => {
    const realm = createRealm();
    const callee = new DirectSession(realm, 1, CANCELING);
    const caller = new BrokenSession(realm, 2);
    callee.request([MessageType.REGISTER, 1, {}, PROCEDURE]);
    caller.request([MessageType.CALL, 1, { receive_progress: true }, PROCEDURE]);
    callee.request([MessageType.YIELD, 1, { progress: true }, ['large']]);
    expect(caller.received.at(-1)?.slice(0, 5)).to.eql([MessageType.ERROR, MessageType.CALL, 1, {}, Uri.CANCELED]);
    expect(callee.of(MessageType.INTERRUPT)).to.have.length(1);
    expect(realm.dealer.calls.size).to.equal(0);
  });
});
