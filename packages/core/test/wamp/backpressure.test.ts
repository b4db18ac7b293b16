import { SessionLostError, WampError } from '@pgwamp/core';
import { withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { joinScripted } from '../support/join.ts';

const megabyte = 'x'.repeat(1024 * 1024);

/** Whether a promise is settled already. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) !== pending;
}

describe('WAMP session: a router that does not read', () => {
  it('resolves drained() when the router reads again (AutobahnJS trap 9)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    await session.drained();
    peer.socket.pause();
    for (let count = 0; count < 30; count += 1) await session.publish('com.example.topic', [megabyte]);
    const drained = session.drained();
    expect(await isSettled(drained)).to.equal(false);
    peer.socket.resume();
    await withDeadline(drained, 20_000, 'the socket to drain');
    expect(session.lost.aborted).to.equal(false);
  });

  it('rejects drained() when the session is lost', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    peer.socket.pause();
    for (let count = 0; count < 30; count += 1) await session.publish('com.example.topic', [megabyte]);
    const drained = rejection(session.drained());
    peer.webSocket.terminate();
    expect(await drained).to.be.instanceOf(SessionLostError);
  });
});

describe('WAMP session: message size', () => {
  it('sends a message of 140 million bytes if max_message_size allows it (AutobahnJS trap 17)', async () => {
    await using test = await joinScripted({ options: { max_message_size: 200_000_000 } });
    await test.session.publish('com.example.topic', ['x'.repeat(140_000_000)]);
    expect((await test.peer.nextText()).length).to.be.above(140_000_000);
    expect(await test.peer.isOpen()).to.equal(true);
  });

  it('refuses a message larger than max_message_size before sending it, and continues', async () => {
    await using test = await joinScripted({ options: { max_message_size: 1024 } });
    const { session, peer } = test;
    for (const publish of [
      () => session.publishText('', 'com.example.topic', `["${'x'.repeat(1024)}"]`, ''),
      () => session.publishText('', 'com.example.topic', `["${'€'.repeat(340)}"]`, ''),
      () => session.publish('com.example.topic', ['x'.repeat(1024)]),
      () => session.call('com.example.call', ['x'.repeat(1024)]),
    ]) {
      const error = await rejection<WampError>(publish());
      expect(error).to.be.instanceOf(WampError);
      expect(error.error).to.equal('wamp.error.payload_size_exceeded');
    }
    const fits = session.publishText('', 'com.example.topic', `["${'€'.repeat(300)}"]`, '');
    const [, request] = await peer.next();
    peer.send([17, request, 11]);
    expect(await fits).to.deep.equal({ id: 11 });
    expect(session.lost.aborted).to.equal(false);
  });
});
