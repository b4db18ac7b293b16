import type { Content } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { SerializerName, TransportOptions } from '../../src/index.ts';
import { until, within } from '../support/deadline.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startRouter, type TestRouter } from '../support/router.ts';
import { type FrameWire, ValueClient } from '../support/value-client.ts';
import { WampClient } from '../support/wamp-client.ts';
import { connectTo, RawSocketWire, webSocketWire } from '../support/wires.ts';
import { HOSTILE_FRAMES } from './hostile-frames.ts';

const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor'];
const TOPIC = 'com.example.topic';
const MIB = 1024 * 1024;

const rawSocket: TransportOptions = { type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } };

async function openRawSocket({ router }: TestRouter, serializer: SerializerName): Promise<FrameWire> {
  const { url } = await router.listen(rawSocket);
  return RawSocketWire.open(await connectTo(url), serializer);
}

/** Sends messages of a joined client, and fails unless its session ends and no other one is affected. */
async function assertEndsAlone(test: TestRouter, wire: FrameWire, serializer: SerializerName, hostile: Content) {
  await using witness = await WampClient.attach(test.router);
  await ValueClient.join(wire, serializer);
  wire.send(hostile);
  const outcome = await within(wire.closed, 'the connection closes');
  await until(() => test.router.stats().connections === 1, 'the router forgets the connection');
  expect(test.router.stats().sessions).to.equal(1);
  expect(test.errors).to.eql([]);
  expect((await witness.publish(TOPIC))[0]).to.equal(17);
  return outcome;
}

for (const serializer of SERIALIZERS) {
  describe(`Hostile frame of ${serializer}`, () => {
    for (const [what, content] of HOSTILE_FRAMES[serializer]) {
      it(`ends its own session only: ${what}`, async () => {
        await using test = await startRouter();
        await assertEndsAlone(test, await openRawSocket(test, serializer), serializer, content);
      });
    }

    it('has no effect by keys like __proto__', async () => {
      await using test = await startRouter();
      await using client = await ValueClient.join(await openRawSocket(test, serializer), serializer);
      const poison = JSON.parse(
        '{"__proto__":{"polluted":1,"acknowledge":true},"constructor":{"prototype":{"polluted":1}}}',
      );
      await client.request(32, poison, TOPIC);
      client.send([16, 1, { ...poison, exclude_me: false }, TOPIC, [poison], poison]);
      const event = await client.next();
      expect(event.slice(3)).to.eql([{}, [poison], poison]);
      expect(Object.getOwnPropertyNames(event[5])).to.eql(['__proto__', 'constructor']);
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
      // Nothing was inherited either: the publication before was not acknowledged.
      expect((await client.request(48, {}, '__proto__'))[4]).to.equal('wamp.error.no_such_procedure');
    });
  });
}

describe('Hostile WebSocket', () => {
  it('is closed with 1003 for the wrong type of message', async () => {
    for (const [serializer, message] of [
      ['json', Buffer.from('[16,1,{},"com.example"]')],
      ['msgpack', 'text'],
      ['cbor', 'text'],
    ] as const) {
      await using test = await startRouter();
      const wire = await webSocketWire(test.url, `wamp.2.${serializer}`);
      expect(await assertEndsAlone(test, wire, serializer, message)).to.equal(1003);
    }
  });

  it('is closed with 1007 for text that is not UTF-8', async () => {
    await using test = await startRouter();
    using socket = await RawSocket.connect(test.listener.port);
    socket.upgrade('/ws');
    socket.frame(1, Buffer.from([0x5b, 0xc3, 0x28, 0x5d]));
    expect(closeCode(await socket.response())).to.equal(1007);
  });

  it('is closed with 1009 as soon as a frame announces too many bytes', async () => {
    await using test = await startRouter({ limits: { maxMessageSize: MIB } });
    using socket = await RawSocket.connect(test.listener.port);
    socket.upgrade('/ws');
    socket.socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    expect(closeCode(await socket.response())).to.equal(1009);
  });

  it('is closed with 1002 for a batch with wrong lengths', async () => {
    await using test = await startRouter();
    for (const lie of [
      [0, 0, 0, 2, 0x80],
      [0xff, 0xff, 0xff, 0xff, 0x80],
      [0, 0],
    ]) {
      const wire = await webSocketWire(test.url, 'wamp.2.cbor.batched');
      wire.send(Buffer.from(lie));
      expect(await within(wire.closed, 'the connection closes')).to.equal(1002);
    }
    expect(test.errors).to.eql([]);
  });

  it('cannot send compressed frames unless the endpoint permits them', async () => {
    await using test = await startRouter();
    using socket = await RawSocket.connect(test.listener.port);
    socket.upgrade('/ws', ['Sec-WebSocket-Protocol: wamp.2.json', 'Sec-WebSocket-Extensions: permessage-deflate']);
    // The bit that stands for compression.
    socket.frame(0x41, Buffer.from([0]));
    const response = await socket.response();
    expect(response.toLowerCase()).not.to.contain('sec-websocket-extensions');
    expect(closeCode(response)).to.equal(1002);
  });

  it('is closed with 1009 for a compression bomb, before it is inflated', async () => {
    await using test = await startRouter({ limits: { maxMessageSize: MIB } });
    const endpoint = { type: 'tcp', port: 0 } as const;
    const { url } = await test.router.listen({
      type: 'websocket',
      endpoint,
      options: { compression: { deflate: {} } },
    });
    const wire = await webSocketWire(url, 'wamp.2.json', true);
    const bomb = `[16,1,{},"${TOPIC}",["${'0'.repeat(64 * MIB)}"]]`;
    expect(await assertEndsAlone(test, wire, 'json', bomb)).to.equal(1009);
  });
});

describe('Hostile RawSocket', () => {
  it('is closed as soon as a frame announces too many bytes', async () => {
    await using test = await startRouter({ limits: { maxMessageSize: MIB } });
    const { port } = await test.router.listen(rawSocket);
    using socket = await RawSocket.connect(port);
    socket.socket.write(Buffer.from([0x7f, 0xf1, 0, 0, 0x00, 0xff, 0xff, 0xff]));
    await within(socket.closed, 'the connection closes');
    expect(test.errors).to.eql([]);
  });
});

/** The code in the close frame that ends what the router has written; it is the last that it writes. */
function closeCode(response: string): number {
  const wire = Buffer.from(response, 'latin1');
  const at = wire.lastIndexOf(0x88);
  return wire.readUInt16BE(at + 2);
}
