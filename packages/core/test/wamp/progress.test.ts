import { withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { type Endpoint, PayloadText } from '../../src/wamp/index.ts';
import { joinCallee } from '../support/callee.ts';

const rows = 200_000;
const row = new PayloadText(`[{"id": 9223372036854775807, "text": "${'x'.repeat(400)}"}]`);

describe('WAMP session: progressive results for a router that reads slowly', () => {
  it('wait for the router: 200,000 results of 90 MB need little memory', async () => {
    let highest = 0;
    let waits = 0;
    let received = 0;
    const endpoint: Endpoint = async (_args, _kwargs, { progress }) => {
      for (let count = 0; count < rows; count += 1) {
        await progress?.(row);
        highest = Math.max(highest, count - received);
        if (count - received > 2000) waits += 1;
      }
    };
    await using test = await joinCallee(endpoint);
    const { peer } = test;
    const done = Promise.withResolvers<void>();
    peer.webSocket.removeAllListeners('message');
    peer.webSocket.on('message', (data: Buffer) => {
      received += 1;
      if (received > rows) done.resolve();
      if (received % 5000 > 0) return;
      expect(data.toString()).to.equal(`[70,1,{"progress":true},${row.text}]`);
      peer.socket.pause();
      setImmediate(() => peer.socket.resume());
    });
    peer.send([68, 1, 7, { receive_progress: true }]);
    await withDeadline(done.promise, 30_000, 'the last result');
    // A little more than a megabyte here, plus the buffers of the operating system.
    expect(highest).to.be.below(40_000);
    expect(waits).to.be.above(0);
  });

  it('fail when the session is lost', async () => {
    const ended = Promise.withResolvers<unknown>();
    const endpoint: Endpoint = async (_args, _kwargs, { progress }) => {
      try {
        for (;;) await progress?.(row);
      } catch (error) {
        ended.resolve(error);
      }
    };
    await using test = await joinCallee(endpoint);
    test.peer.socket.pause();
    test.peer.send([68, 1, 7, { receive_progress: true }]);
    await new Promise((resolve) => setImmediate(resolve));
    test.peer.webSocket.terminate();
    expect(await withDeadline(ended.promise, 10_000, 'the endpoint to end')).to.equal(test.session.lost.reason);
  });
});
