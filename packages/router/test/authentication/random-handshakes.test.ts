import { createHmac } from 'node:crypto';
import { FailedAttempts } from '@pgwamp/config';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { createAuthentication } from '../../src/authentication/index.ts';
import { within } from '../support/deadline.ts';
import { Random } from '../support/random.ts';
import { openRealm, type TestRealm } from '../support/realm.ts';

// More than any test fails with.
const FAILURES = new FailedAttempts({ perMinute: 1_000_000 });
const AUTH = {
  ticket: { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } },
  wampcra: { type: 'static', users: { joe: { secret: 's3cr3t', role: 'user' } } },
  cryptosign: { type: 'static', principals: { joe: { role: 'user', authorized_keys: ['ab'.repeat(32)] } } },
} as const;

const SIGNATURES = ['', 's3cr3', 's3cr3t ', 'S3CR3T', 'undefined', 'null', '00'.repeat(96), 'ab'.repeat(96)];
const AUTHIDS = ['joe', 'nobody', '', '__proto__', 'toString', null, 7, ['joe'], { joe: 1 }];
const METHODS = ['ticket', 'wampcra', 'cryptosign', 'anonymous', '', null, {}];
const EXTRAS = [undefined, null, 'x', [], {}, { pubkey: 'ab'.repeat(32) }, { pubkey: 'cd'.repeat(32) }, { pubkey: 5 }];

function randomMessage(random: Random): unknown {
  const hello = {
    roles: { caller: {} },
    authid: random.of(AUTHIDS),
    authmethods: [random.of(METHODS), random.of(METHODS)],
    authextra: random.of(EXTRAS),
  };
  const proof = createHmac('sha256', 'guess').update('challenge').digest('base64');
  return random.of<unknown>([
    [1, random.of(['realm1', 'nowhere']), hello],
    [5, random.of([...SIGNATURES, proof]), {}],
    [4, 'ticket', {}],
    [2, 1, {}],
    [6, {}, 'wamp.close.normal'],
    [MessageType.CALL, 1, {}, 'wamp.session.count'],
    [5, null, {}],
  ]);
}

/** The types of what the router says to a client that sends these messages, until the connection ends. */
async function answersTo(messages: readonly unknown[], { connect }: TestRealm): Promise<number[]> {
  const socket = connect(createAuthentication(AUTH, { service: () => undefined, timeout: 1_000 }, FAILURES));
  const types: number[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.onclose = () => resolve();
  });
  socket.onframe = (frame) => types.push(JSON.parse(frame)[0]);
  for (const message of messages) socket.send(JSON.stringify(message));
  socket.close();
  await within(closed, 'the connection ends');
  return types;
}

describe('Handshake', () => {
  it('never leads to a session or an internal error for random messages', async () => {
    const random = new Random(3);
    const test = openRealm();
    const seen = new Set<number>();
    for (let round = 0; round < 2_000; round++) {
      const messages = Array.from({ length: 1 + random.integer(3) }, () => randomMessage(random));
      for (const type of await answersTo(messages, test)) seen.add(type);
    }
    expect([...seen].sort()).to.eql([3, 4]);
    expect(test.errors).to.eql([]);
    expect(test.ends).to.eql([]);
    expect(test.realm.info.sessions).to.equal(0);
  });
});
