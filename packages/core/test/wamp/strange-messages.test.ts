import { SessionLostError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { abortion } from '../support/abort.ts';
import { joinScripted } from '../support/join.ts';

/** Messages that no router sends, for requests that wait and for some that do not. */
const strange = [
  ['RESULT without details', '[50,1,null]'],
  ['RESULT without anything', '[50]'],
  ['RESULT of no call', '[50,99,{},[]]'],
  ['PUBLISHED without an id', '[17]'],
  ['ERROR without a request', '[8,48]'],
  ['ERROR of a request that does not exist', '[8,32,99,{},"com.example.error"]'],
  ['ERROR whose URI is a list', '[8,48,1,{},[]]'],
  ['EVENT without details', '[36,1,2,null]'],
  ['EVENT of no subscription', '[36,99,2,{}]'],
  ['INVOCATION of no registration', '[68,1,99,{}]'],
  ['INTERRUPT of no call', '[69]'],
  ['SUBSCRIBED without ids', '[33]'],
  ['REGISTERED that nobody has asked for', '[65,99,1]'],
  ['UNREGISTERED without details', '[67,0]'],
  ['a second WELCOME', '[2,1,{}]'],
  ['a CHALLENGE', '[4,"ticket",{}]'],
  ['GOODBYE without details', '[6]'],
  ['ABORT without details', '[3]'],
  ['a message of the other direction', '[16,1,{},"com.example.topic"]'],
  ['a number that is no type', '[999]'],
  ['text that is not JSON', '[17,1'],
] as const;

describe('WAMP session: malformed messages of the router', () => {
  for (const [what, frame] of strange) {
    it(`ignores it or ends the session, and blames no sent message: ${what}`, async () => {
      await using test = await joinScripted({ onError: () => undefined });
      const { session, peer } = test;
      await Promise.all([
        session.subscribe('com.example.topic', () => undefined),
        peer.next().then(([, request]) => peer.send([33, request, 1])),
      ]);
      const call = rejection(session.call('com.example.call'));
      await peer.next();
      peer.send(frame);
      const isOpen = await peer.isOpen();
      if (isOpen) {
        await session.publish('com.example.topic');
        peer.webSocket.terminate();
      }
      const reason = await abortion(session.lost);
      expect(reason).to.be.instanceOf(SessionLostError).with.property('blamesMessage', false);
      expect(await call).to.be.instanceOf(Error);
    });
  }

  it('ends the session after a message that is too long, and blames no sent message', async () => {
    await using test = await joinScripted({ options: { max_received_size: 2000 } });
    test.peer.send(`[36,1,2,{},["${'x'.repeat(3000)}"]]`);
    const reason = await abortion(test.session.lost);
    expect(reason).to.include({ blamesMessage: false });
    expect(reason.message).to.include('Max payload size exceeded');
    await waitFor(() => test.peer.closed, { what: 'the connection to be closed' });
  });
});
