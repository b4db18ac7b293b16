import { connect } from 'node:net';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Router, type RouterOptions, Uri } from '../../src/index.ts';
import { until, within } from '../support/deadline.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startRouter } from '../support/router.ts';
import { ValueClient } from '../support/value-client.ts';
import { connectTo, RawSocketWire } from '../support/wires.ts';

const TOPIC = 'com.example.topic';

function listen(router: Router, max_message_size?: number) {
  return router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 }, options: { max_message_size } });
}

async function start(options: Partial<RouterOptions> = {}, maxMessageSize?: number) {
  const test = await startRouter(options);
  return { ...test, raw: await listen(test.router, maxMessageSize) };
}

async function answerTo(port: number, request: readonly number[]): Promise<string> {
  await using wire = new RawSocketWire(connect(port, '127.0.0.1'), true);
  return (await wire.shakeHands(Uint8Array.from(request))).toString('hex');
}

describe('RawSocket transport', () => {
  it('answers with the serializer and the maximum length of messages', async () => {
    await using test = await start();
    expect(test.raw.url).to.equal(`rs://127.0.0.1:${test.raw.port}`);
    expect(await answerTo(test.raw.port, [0x7f, 0xf1, 0, 0])).to.equal('7ff10000');
    expect(await answerTo(test.raw.port, [0x7f, 0x02, 0, 0])).to.equal('7ff20000');
    const small = await listen(test.router, 1_500);
    expect(await answerTo(small.port, [0x7f, 0xf3, 0, 0])).to.equal('7f130000');
  });

  it('refuses with the error code of the specification', async () => {
    await using test = await start({ limits: { maxSessions: 1 } });
    expect(await answerTo(test.raw.port, [0x7f, 0xf0, 0, 0])).to.equal('7f100000');
    expect(await answerTo(test.raw.port, [0x7f, 0xf4, 0, 0])).to.equal('7f100000');
    expect(await answerTo(test.raw.port, [0x7f, 0xf1, 0, 1])).to.equal('7f300000');
    await using _only = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    expect(await answerTo(test.raw.port, [0x7f, 0xf1, 0, 0])).to.equal('7f400000');
  });

  it('accepts the configured serializers only', async () => {
    await using test = await startRouter();
    const endpoint = { type: 'tcp', port: 0 } as const;
    const { port } = await test.router.listen({ type: 'rawsocket', endpoint, serializers: ['cbor'] });
    expect(await answerTo(port, [0x7f, 0xf1, 0, 0])).to.equal('7f100000');
    expect(await answerTo(port, [0x7f, 0xf3, 0, 0])).to.equal('7ff30000');
  });

  it('closes connections with another protocol or an unfinished handshake', async () => {
    await using test = await start({ limits: { handshakeTimeout: 100 } });
    using http = await RawSocket.connect(test.raw.port);
    http.upgrade('/');
    using silent = await RawSocket.connect(test.raw.port);
    using slow = await RawSocket.connect(test.raw.port);
    slow.socket.write(Buffer.from([0x7f, 0xf1]));
    await within(Promise.all([http.closed, silent.closed, slow.closed]), 'all are closed');
    expect(http.received).to.equal('');
  });

  it('accepts a handshake and messages in any pieces', async () => {
    await using test = await start();
    await using witness = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    const receiver = await ValueClient.join(witness, 'json');
    await receiver.request(32, {}, TOPIC);
    const socket = await connectTo(test.raw.url);
    const messages = [
      '[1,"realm1",{"roles":{"caller":{}}}]',
      `[16,1,{},"${TOPIC}",["${'x'.repeat(300)}"]]`,
      `[16,2,{},"${TOPIC}"]`,
    ];
    const frames = messages.map((text) =>
      Buffer.concat([Buffer.from([0, 0, text.length >> 8, text.length & 255]), Buffer.from(text)]),
    );
    socket.setNoDelay();
    for (const byte of Buffer.concat([Buffer.from([0x7f, 0xf1, 0, 0]), ...frames])) socket.write(Uint8Array.of(byte));
    expect((await receiver.next())[4]).to.eql(['x'.repeat(300)]);
    expect(await receiver.next()).to.have.length(4);
    socket.destroy();
  });

  it('answers each ping with its payload', async () => {
    await using test = await start();
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    const pongs: string[] = [];
    wire.onpong = (content) => pongs.push(content.toString());
    for (const content of ['one', '', 'three']) wire.ping(content);
    await until(() => pongs.length === 3, 'three pongs');
    expect(pongs).to.eql(['one', '', 'three']);
  });

  it('limits the pongs for a client that does not read', async () => {
    await using test = await start({ limits: { closeTimeout: 50 } });
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    await ValueClient.join(wire, 'json');
    wire.socket.pause();
    const ping = 'x'.repeat(60_000);
    for (let sent = 0; sent < 2_000; sent++) wire.ping(ping);
    await until(() => wire.socket.writableLength > 10_000_000, 'the router reads no more');
    await using other = await ValueClient.join(await RawSocketWire.open(await connectTo(test.raw.url), 'json'), 'json');
    expect((await other.request(16, { acknowledge: true }, TOPIC))[0]).to.equal(17);
    expect(wire.socket.writableLength).to.be.above(10_000_000);
  });

  it('pings a silent client, and closes it without a pong', async () => {
    await using test = await start({ limits: { pingInterval: 30, pingTimeout: 60 } });
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    await ValueClient.join(wire, 'json');
    await within(wire.closed, 'it is cut off');
    expect(wire.pings.length).to.be.above(0);
    await until(() => test.ends.length > 0, 'the session has ended');
    expect(test.ends[0]).to.include({ cause: 'lost', message: 'no answer to a ping' });
  });

  it('carries messages of up to 2^24 bytes, inclusively', async () => {
    await using test = await start();
    await using witness = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    const receiver = await ValueClient.join(witness, 'json');
    await receiver.request(64, {}, TOPIC);
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    const caller = await ValueClient.join(wire, 'json');
    const head = `[48,1,{},"${TOPIC}",["`;
    wire.send(`${head}${'x'.repeat(2 ** 24 - head.length - 3)}"]]`);
    const invocation = await receiver.next();
    const result = `[70,${invocation[1]},{},["`;
    witness.send(`${result}${'y'.repeat(2 ** 24 - result.length - 3)}"]]`);
    const [text] = (await caller.next())[3] as string[];
    expect(text?.length).to.equal(2 ** 24 - result.length - 3);
  });

  it('closes after reserved bits, a message that is too long, or invalid UTF-8, without effect on others', async () => {
    await using test = await start({}, 1_000);
    const frames = [
      [0x03, 0, 0, 1, 0x20],
      [0x10, 0, 0, 1, 0x20],
      [0x08, 0, 0, 1, 0x20],
      [0x00, 0, 0x03, 0xe9],
      [0x00, 0, 0, 4, 0x5b, 0xc3, 0x28, 0x5d],
    ];
    for (const frame of frames) {
      await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
      const client = await ValueClient.join(wire, 'json');
      wire.socket.write(Uint8Array.from(frame));
      const [type, , reason] = await client.next();
      expect([type, reason]).to.eql([MessageType.ABORT, Uri.PROTOCOL_VIOLATION]);
      await within(wire.closed, `closed after ${frame}`);
    }
    await until(() => test.ends.length === frames.length, 'all sessions have ended');
    expect(test.ends.every(({ cause }) => cause === 'violation')).to.equal(true);
  });

  it('closes if a message is longer than the client accepts', async () => {
    await using test = await start();
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json', 3);
    const receiver = await ValueClient.join(wire, 'json');
    await receiver.request(32, {}, TOPIC);
    receiver.send([MessageType.PUBLISH, 1, { exclude_me: false }, TOPIC, ['x'.repeat(4_000)]]);
    expect((await receiver.next())[4]).to.eql(['x'.repeat(4_000)]);
    receiver.send([MessageType.PUBLISH, 2, { exclude_me: false }, TOPIC, ['x'.repeat(4_090)]]);
    await within(wire.closed, 'the connection is closed');
  });

  it('survives any bytes after the handshake', async () => {
    await using test = await start({ limits: { closeTimeout: 20 } });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .uint8Array({ maxLength: 40 })
        .map((content) => Buffer.concat([Buffer.from([0, 0, 0, content.length]), content])),
    );
    const harmless = fc.asyncProperty(fc.constantFrom('json', 'msgpack', 'cbor'), bytes, async (name, content) => {
      await using wire = await RawSocketWire.open(await connectTo(test.raw.url), name);
      wire.socket.end(content);
      await within(wire.closed, 'the connection closes');
    });
    await fc.assert(harmless, { numRuns: 100 });
    await until(() => test.router.stats().connections === 0, 'all connections are forgotten');
    expect(test.errors).to.eql([]);
  });

  it('closes its connections with the listener, including those in the handshake', async () => {
    await using test = await start();
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    using silent = await RawSocket.connect(test.raw.port);
    await within(test.raw.close(), 'the listener is closed');
    await within(Promise.all([wire.closed, silent.closed]), 'the connections are closed');
  });
});
