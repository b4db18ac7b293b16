import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { SerializerName } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { ValueClient } from '../support/value-client.ts';
import { webSocketWire } from '../support/wires.ts';

const TOPIC = 'com.example.topic';
const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor'];
const limits = { maxMessageSize: 64 * 2 ** 20, maxBufferedBytes: 256 * 2 ** 20 };

describe('Bytes in a publication', () => {
  for (const length of [3_400_000, 20_000_000]) {
    for (const sender of SERIALIZERS) {
      it(`reach the receivers of every serializer: ${length} bytes from ${sender}`, async () => {
        await using test = await startRouter({ limits });
        const join = async (name: SerializerName) =>
          ValueClient.join(await webSocketWire(test.url, `wamp.2.${name}`), name);
        await using publisher = await join(sender);
        await using json = await join('json');
        await using msgpack = await join('msgpack');
        await using cbor = await join('cbor');
        const receivers = { json, msgpack, cbor };
        for (const receiver of Object.values(receivers)) await receiver.request(MessageType.SUBSCRIBE, {}, TOPIC);
        const bytes = Buffer.alloc(length, 'no pattern that is a power of two');
        const [answer] = await publisher.request(MessageType.PUBLISH, { acknowledge: true }, TOPIC, [bytes]);
        expect(answer).to.equal(MessageType.PUBLISHED);
        for (const [name, receiver] of Object.entries(receivers)) {
          const [type, , , , [received]] = (await receiver.next()) as [number, number, number, object, [Uint8Array]];
          expect(type).to.equal(MessageType.EVENT);
          expect(bytes.equals(received), name).to.equal(true);
        }
      });
    }
  }
});
