import { expect } from 'chai';
import { CALL_TRANSITIONS, type CallState, PendingCall } from '../../src/dealer/pending-call.ts';
import { Registration } from '../../src/dealer/registration.ts';
import { createRealm, DirectSession } from '../support/direct-realm.ts';

const TRANSITIONS = ['invoke', 'interrupt', 'complete', 'abandon', 'release'] as const;
const STATES = Object.keys(CALL_TRANSITIONS) as CallState[];

function callThatIs(state: CallState): PendingCall {
  const caller = new DirectSession(createRealm(), 1);
  const registration = new Registration(1, 'com.example', 'exact', 'single');
  const call = new PendingCall(caller, [48, 1, {}, 'com.example'], registration, false);
  call.state = state;
  return call;
}

describe('State of a call', () => {
  it('changes by the transitions of the table only', () => {
    for (const state of STATES) {
      for (const transition of TRANSITIONS) {
        const call = callThatIs(state);
        const next = CALL_TRANSITIONS[state][transition];
        if (next === undefined) expect(() => call.move(transition), `${transition}, ${state}`).to.throw('cannot');
        else call.move(transition);
        expect(call.state).to.equal(next ?? state);
      }
    }
  });

  it('can reach the end from every other state', () => {
    const ends = (state: CallState): boolean => state === 'over' || Object.values(CALL_TRANSITIONS[state]).some(ends);
    expect(STATES.filter((state) => !ends(state))).to.eql([]);
  });
});
