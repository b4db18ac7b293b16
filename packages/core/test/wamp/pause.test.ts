import { once } from 'node:events';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { createRouter, type Router } from '@pgwamp/router';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { Session } from '../../src/wamp/index.ts';
import { abortion } from '../support/abort.ts';
import { type JoinVariant, joinMemory, joinRawSocket, joinUrl } from '../support/join.ts';
import { beats, joinPausable } from '../support/paused.ts';

const topic = 'com.example.topic';
const kilobyte = 'x'.repeat(1024);
const megabyte = 'x'.repeat(1024 * 1024);

const transports: Record<string, (router: Router, variant?: JoinVariant) => Promise<Session>> = {
  WebSocket: async (router, variant) => joinUrl((await router.listen()).url, variant),
  RawSocket: async (router, variant) => {
    const { port } = await router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } });
    return joinRawSocket({ type: 'tcp', host: '127.0.0.1', port }, variant);
  },
  memory: (router, variant) => joinMemory(router, variant),
};

/** Resolves when the router has given up a client that shows no life. */
async function cutOff(router: Router): Promise<void> {
  const { url } = await router.listen();
  const silent = new WebSocket(url, ['wamp.2.json'], { autoPong: false });
  const joined = once(silent, 'message');
  const closed = once(silent, 'close');
  await once(silent, 'open');
  silent.send('[1,"realm1",{"roles":{"subscriber":{}}}]');
  await joined;
  await withDeadline(closed, 10_000, 'the router to cut off who is silent');
}

async function publishNumbers(router: Router, count: number, payload = ''): Promise<void> {
  await using publisher = await joinMemory(router);
  const numbers = Array.from({ length: count }, (_, number) => number);
  await Promise.all(numbers.map((number) => publisher.publish(topic, [number, payload], {}, { acknowledge: true })));
}

for (const [name, join] of Object.entries(transports)) {
  describe(`WAMP session: pause, by ${name}`, () => {
    it('delivers nothing more after pause(), and everything in order after resume()', async () => {
      await using router = createRouter({ realms: ['realm1'] });
      await using session = await join(router);
      const seen: unknown[] = [];
      await session.subscribe(topic, ([number]) => {
        seen.push(number);
        if (seen.length % 100 === 3) expect(session.pause()).to.equal(true);
      });
      await publishNumbers(router, 1000);
      for (let stop = 3; stop < 1000; stop += 100) {
        await waitFor(() => seen.length >= stop, { what: `${stop} events` });
        expect(seen).to.have.length(stop);
        session.resume();
      }
      await waitFor(() => seen.length === 1000, { what: 'all events' });
      expect(seen).to.deep.equal(Array.from({ length: 1000 }, (_, number) => number));
    });

    it('can be paused and resumed within a handler, for every event', async () => {
      await using router = createRouter({ realms: ['realm1'] });
      await using session = await join(router);
      const seen: unknown[] = [];
      await session.subscribe(topic, ([number]) => {
        session.pause();
        seen.push(number);
        session.resume();
      });
      await publishNumbers(router, 5000);
      await waitFor(() => seen.length === 5000, { what: 'all events' });
      expect(seen).to.deep.equal(Array.from({ length: 5000 }, (_, number) => number));
    });

    it('stays alive for the router and for itself while messages are waiting', async () => {
      await using router = createRouter({ realms: ['realm1'], limits: { pingInterval: 250, pingTimeout: 1500 } });
      const options = { auto_ping_interval: 50, auto_ping_timeout: 1500 };
      await using session = await join(router, name === 'memory' ? {} : { options });
      let seen = 0;
      await session.subscribe(topic, () => {
        seen += 1;
      });
      session.pause();
      await publishNumbers(router, 100, 'x'.repeat(100_000));
      await cutOff(router);
      expect([seen, session.lost.aborted]).to.deep.equal([0, false]);
      session.resume();
      await waitFor(() => seen === 100, { what: 'all events' });
      expect(session.lost.aborted).to.equal(false);
    });

    it('can leave, and discards waiting messages', async () => {
      await using router = createRouter({ realms: ['realm1'] });
      await using session = await join(router);
      let seen = 0;
      await session.subscribe(topic, () => {
        seen += 1;
        session.pause();
      });
      await publishNumbers(router, 2000, kilobyte);
      await waitFor(() => seen === 1, { what: 'the first event' });
      await session.leave();
      expect(seen).to.equal(1);
      expect(session.lost.reason.message).to.include('goodbye_and_out');
    });

    it('is lost with its router', async () => {
      await using router = createRouter({ realms: ['realm1'], limits: { closeTimeout: 50 } });
      await using session = await join(router);
      session.pause();
      await router.close();
      session.resume();
      await abortion(session.lost);
    });
  });
}

for (const [name, join] of Object.entries(joinPausable)) {
  describe(`WAMP session: socket of a paused session, by ${name}`, () => {
    it('is not read', async () => {
      await using test = await join();
      const { session } = test;
      session.pause();
      for (let count = 0; count < 64; count += 1) test.send([69, 1, { reason: megabyte }]);
      await beats(test, 3);
      expect(test.unread()).to.be.above(32 * 1024 * 1024);
      session.resume();
      await waitFor(() => test.unread() === 0, { what: 'the session to read everything' });
    });

    it('answers pings and sends its own, and stays open', async () => {
      await using test = await join();
      const { session } = test;
      await beats(test, 2);
      session.pause();
      await beats(test, 10);
      expect(session.lost.aborted).to.equal(false);
      session.resume();
      await beats(test, 10);
      expect(session.lost.aborted).to.equal(false);
    });
  });
}
