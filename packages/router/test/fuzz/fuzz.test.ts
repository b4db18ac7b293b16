import { expect } from 'chai';
import fc from 'fast-check';
import { until, within } from '../support/deadline.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';
import { optionsOf, PORTS } from './ports.ts';
import { streamsFor } from './streams.ts';

// The number of connections per transport and serializer, and the seed: for long runs, and to reproduce a
// failure.
const { FUZZ_RUNS = '100', FUZZ_SEED } = process.env;
const RUNS = Number(FUZZ_RUNS);

const TOPIC = 'org.witness.topic';

/** Says it all at once, ends, and waits until the router has ended too. */
async function say(port: number, stream: Buffer): Promise<void> {
  using connection = await RawSocket.connect(port);
  connection.socket.end(stream);
  await within(connection.closed, 'the router ends the connection');
}

/** The state that the router keeps for its witness, without the state of other sessions. */
const UNDISTURBED = { connections: 1, sessions: 1, subscriptions: 1, registrations: 0, pendingCalls: 0 };

/** Fails if any other session was affected. */
async function assertUndisturbed(witness: WampClient, { errors, router }: TestRouter): Promise<void> {
  expect(errors).to.eql([]);
  await until(() => router.stats().connections === 1, 'the router has forgotten the connection');
  expect(router.stats()).to.include(UNDISTURBED);
  expect((await witness.publish(TOPIC, { exclude_me: false }, ['still here']))[0]).to.equal(36);
  expect((await witness.next())[0]).to.equal(17);
}

describe('Router: random input', () => {
  for (const way of PORTS) {
    it(`has no effect on other sessions: ${way.name}`, async () => {
      await using test = await startRouter({ limits: { maxMessageSize: 65_536 } });
      const { port } = await test.router.listen(optionsOf(way));
      await using witness = await WampClient.attach(test.router);
      await witness.subscribe(TOPIC);
      const property = fc.asyncProperty(streamsFor(way), async (stream) => {
        await say(port, stream);
        await assertUndisturbed(witness, test);
      });
      const seed = FUZZ_SEED === undefined ? {} : { seed: Number(FUZZ_SEED) };
      await fc.assert(property, { numRuns: RUNS, ...seed });
      // Otherwise it would be the handshakes alone that were tried.
      expect(test.router.stats().sessionsOpened).to.be.above(RUNS / 3);
      expect(test.router.stats().messagesIn).to.be.above(2 * RUNS);
    }).timeout(0);
  }
});
