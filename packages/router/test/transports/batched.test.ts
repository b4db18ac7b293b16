import type { HeadElement } from '@pgwamp/protocol';
import { cbor, msgpack, NO_PAYLOAD } from '@pgwamp/protocol';
import { expect } from 'chai';
import { within } from '../support/deadline.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';
import { webSocketWire } from '../support/wires.ts';

const HELLO: readonly HeadElement[] = [1, 'realm1', { roles: { caller: {} } }];
const PUBLISH: readonly HeadElement[] = [16, 1, { acknowledge: true }, 'com.example.topic'];

function withLength(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

describe('Batched WebSocket', () => {
  for (const separator of ['\u0018', '\u001e']) {
    const code = separator.charCodeAt(0);
    it(`accepts JSON separated by ${code}, and answers with the same separator`, async () => {
      await using test = await startRouter();
      await using client = await WampClient.connect(test.url, ['wamp.2.json.batched']);
      client.sendText([HELLO, PUBLISH, PUBLISH].map((message) => JSON.stringify(message) + separator).join(''));
      const frames = [await client.nextText(), await client.nextText(), await client.nextText()];
      for (const frame of frames) expect(frame.endsWith(`]${separator}`)).to.equal(true);
      const types = frames.map((frame) => JSON.parse(frame.slice(0, -1))[0]);
      expect(types).to.eql([2, 17, 17]);
    });
  }

  it('accepts a last message without separator', async () => {
    await using test = await startRouter();
    await using client = await WampClient.connect(test.url, ['wamp.2.json.batched']);
    client.sendText(JSON.stringify(HELLO));
    expect((await client.nextText()).startsWith('[2,')).to.equal(true);
  });

  for (const serializer of [msgpack, cbor]) {
    it(`accepts ${serializer.name} with lengths, and answers with lengths`, async () => {
      await using test = await startRouter();
      const wire = await webSocketWire(test.url, `${serializer.subprotocol}.batched`);
      const messages: unknown[] = [];
      const all = new Promise<void>((resolve) => {
        wire.onframe = (content) => {
          const frame = content as Buffer;
          expect(frame.readUInt32BE()).to.equal(frame.length - 4);
          messages.push(serializer.parse(frame.subarray(4), 99));
          if (messages.length === 2) resolve();
        };
      });
      wire.send(Buffer.concat([HELLO, PUBLISH].map((message) => withLength(serializer.encode(message, NO_PAYLOAD)))));
      await within(all, 'WELCOME and PUBLISHED');
      expect(messages.map((message) => (message as number[])[0])).to.eql([2, 17]);
      wire.close();
      await wire.closed;
    });
  }

  it('ends the session after an empty or truncated batch', async () => {
    await using test = await startRouter();
    for (const batch of ['', '00', '00000005c0', '00000000', 'ffffffff']) {
      const wire = await webSocketWire(test.url, 'wamp.2.msgpack.batched');
      const received = new Promise<unknown>((resolve) => {
        wire.onframe = (content) => resolve((msgpack.parse((content as Buffer).subarray(4), 9) as unknown[])[0]);
      });
      wire.send(Buffer.from(batch, 'hex'));
      expect(await within(received, 'ABORT')).to.equal(3);
      await wire.closed;
    }
  });
});
