import { expect } from 'chai';
import fc from 'fast-check';
import { until, within } from '../support/deadline.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startRouter } from '../support/router.ts';
import { usedBytes } from './heap.ts';
import { optionsOf, PORTS } from './ports.ts';
import { streamsFor } from './streams.ts';

const STREAMS = 40;
/** Every transport and every serializer once. */
const WAYS = ['WebSocket with wamp.2.json', 'WebSocket with wamp.2.cbor.batched', 'RawSocket with msgpack'];
// Leaked connections or sessions remain after every round; memory that the engine keeps for itself does not.
const BYTES_PER_CONNECTION = 1_024;
const MAX_ROUNDS = 10;

/** The growth of the memory in use after an act, in bytes. */
async function growthBy(act: () => Promise<void>): Promise<number> {
  const before = await usedBytes();
  await act();
  return (await usedBytes()) - before;
}

describe('Router: memory after random input', () => {
  for (const way of PORTS.filter(({ name }) => WAYS.includes(name))) {
    it(`is released: ${way.name}`, async () => {
      await using test = await startRouter({ limits: { maxMessageSize: 65_536 }, onSessionEnd: () => {} });
      const { port } = await test.router.listen(optionsOf(way));
      const streams = fc.sample(streamsFor(way), STREAMS);
      const round = async () => {
        for (const stream of streams) {
          using connection = await RawSocket.connect(port);
          connection.socket.end(stream);
          await within(connection.closed, 'the router ends the connection');
        }
        await until(() => test.router.stats().connections === 0, 'the router forgets the connections');
      };
      await round();
      const growths: number[] = [];
      do growths.push((await growthBy(round)) / STREAMS);
      while (Math.min(...growths) > BYTES_PER_CONNECTION && growths.length < MAX_ROUNDS);
      expect(Math.min(...growths)).to.be.below(BYTES_PER_CONNECTION);
      expect(test.errors).to.eql([]);
      const nothing = { sessions: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 };
      expect(test.router.stats()).to.include(nothing);
    });
  }
});
