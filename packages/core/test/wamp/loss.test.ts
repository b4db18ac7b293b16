import { JoinRefusedError, RouterUnreachableError, SessionLostError } from '@pgwamp/core';
import { startTcpProxy } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { abortion } from '../support/abort.ts';
import { joinScripted, joinUrl } from '../support/join.ts';
import { startScriptedRouter } from '../support/scripted-router.ts';

describe('WAMP session: loss', () => {
  it('settles pending calls, publications, subscriptions and registrations (AutobahnJS trap 4)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const pending = [
      session.call('com.example.call'),
      session.publish('com.example.topic', [], {}, { acknowledge: true }),
      session.publishText('', 'com.example.topic', '[1]', ''),
      session.subscribe('com.example.topic', () => undefined),
      session.register('com.example.register', () => undefined),
    ].map((answer) => rejection(answer));
    for (const _ of pending) await peer.next();
    peer.webSocket.terminate();
    for (const error of await Promise.all(pending)) expect(error).to.be.instanceOf(SessionLostError);
    expect(await abortion(session.lost)).to.have.property('blamesMessage', false);
  });

  it('rejects every later request immediately (AutobahnJS trap 8)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    peer.webSocket.close(1001, 'going away');
    const reason = await abortion(session.lost);
    expect(reason.message).to.include('1001 going away');
    for (const use of [
      () => session.publish('com.example.topic'),
      () => session.publishText('', 'com.example.topic', '', ''),
      () => session.call('com.example.call'),
      () => session.subscribe('com.example.topic', () => undefined),
      () => session.register('com.example.register', () => undefined),
      () => session.drained(),
    ]) {
      expect(await rejection(use())).to.equal(reason);
    }
    await session.leave();
  });

  it('follows GOODBYE of the router, which is answered with wamp.close.goodbye_and_out (AutobahnJS trap 5)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const call = rejection(session.call('com.example.call'));
    await peer.next();
    peer.send([6, { message: 'maintenance' }, 'wamp.close.system_shutdown']);
    expect((await abortion(session.lost)).message).to.include('GOODBYE wamp.close.system_shutdown maintenance');
    expect(await call).to.equal(session.lost.reason);
    expect(await peer.next()).to.deep.equal([6, {}, 'wamp.close.goodbye_and_out']);
  });

  it('follows ABORT of the router in an open session (AutobahnJS trap 5)', async () => {
    await using test = await joinScripted();
    test.peer.send([3, { message: 'no' }, 'wamp.error.protocol_violation']);
    const reason = await abortion(test.session.lost);
    expect(reason.message).to.include('ABORT wamp.error.protocol_violation no');
    expect(reason).to.have.property('blamesMessage', true);
  });

  for (const code of [1002, 1003, 1007, 1009, 1011, 3002]) {
    it(`blames a message if the router closes with ${code}`, async () => {
      await using test = await joinScripted();
      test.peer.webSocket.close(code);
      expect(await abortion(test.session.lost)).to.have.property('blamesMessage', true);
    });
  }

  for (const frame of ['[', '{}', '["HELLO"]', '']) {
    it(`follows ${JSON.stringify(frame)}, which is not a WAMP message`, async () => {
      await using test = await joinScripted();
      test.peer.send(frame);
      const reason = await abortion(test.session.lost);
      expect(reason).to.be.instanceOf(SessionLostError).with.property('blamesMessage', false);
      expect(reason.message).to.include('not a WAMP message in json');
    });
  }

  it('is detected by the heartbeat if the network carries nothing (AutobahnJS trap 10)', async () => {
    await using router = await startScriptedRouter();
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: router.port });
    const options = { auto_ping_interval: 50, auto_ping_timeout: 200 };
    const joining = joinUrl(`ws://127.0.0.1:${proxy.port}/ws`, { options });
    await (await router.peer()).welcome();
    const session = await joining;
    const call = rejection(session.call('com.example.call'));
    proxy.swallow();
    expect((await abortion(session.lost, 3000)).message).to.include('no pong within 200 ms');
    expect(await call).to.equal(session.lost.reason);
  });

  it('does not follow a value that cannot be serialized, which is refused (AutobahnJS trap 7)', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const use of [
      () => session.publish('com.example.topic', cycle),
      () => session.publish('com.example.topic', [], { cycle }),
      () => session.call('com.example.call', cycle),
      () => session.call('com.example.call', [], { cycle }),
    ]) {
      expect(await rejection(use())).to.have.property('code', 'PGWAMP_UNSERIALIZABLE');
    }
    await session.publish('com.example.topic', [2n ** 60n]);
    expect(await peer.nextText()).to.match(/^\[16,\d+,\{\},"com\.example\.topic",\[1152921504606846976\]\]$/);
  });
});

describe('WAMP session: joining', () => {
  it('fails without WELCOME within the timeout (AutobahnJS trap 6)', async () => {
    await using router = await startScriptedRouter();
    const error = await rejection(joinUrl(router.url, { options: { open_handshake_timeout: 100 } }));
    expect(error).to.be.instanceOf(RouterUnreachableError);
    expect(error.message).to.include('no WELCOME within 100 ms');
  });

  it("fails with the reason of the router's ABORT", async () => {
    await using router = await startScriptedRouter();
    const joining = rejection<JoinRefusedError>(joinUrl(router.url, { realm: 'nowhere' }));
    const peer = await router.peer();
    await peer.next();
    peer.send([3, { message: 'unknown' }, 'wamp.error.no_such_realm']);
    const error = await joining;
    expect(error).to.be.instanceOf(JoinRefusedError);
    expect(error).to.have.property('reason', 'wamp.error.no_such_realm');
    expect(error.message).to.include('"nowhere"').and.to.include('unknown');
  });

  it('fails if the connection ends before WELCOME', async () => {
    await using router = await startScriptedRouter();
    const joining = rejection(joinUrl(router.url));
    await (await router.peer()).next();
    (await router.peer()).webSocket.terminate();
    expect(await joining).to.be.instanceOf(RouterUnreachableError);
  });

  it('fails if the connection is refused', async () => {
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: 1 });
    proxy.refuse();
    const error = await rejection(joinUrl(`ws://127.0.0.1:${proxy.port}/ws`));
    expect(error).to.be.instanceOf(RouterUnreachableError);
    expect(error.message).to.include('ECONNREFUSED');
  });
});
