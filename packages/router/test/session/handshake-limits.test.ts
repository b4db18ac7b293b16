import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { Limits } from '../../src/index.ts';
import { until, within } from '../support/deadline.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';
import { connectTo, RawSocketWire } from '../support/wires.ts';

const TICKETS = { ticket: { type: 'static', principals: { joe: { ticket: 'secret', role: 'user' } } } } as const;

async function start(limits: Partial<Limits> = {}) {
  const test = await startRouter({ limits });
  const raw = await test.router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 }, auth: TICKETS });
  const web = await test.router.listen({ auth: TICKETS });
  return Object.assign(test, { raw, web });
}

function hello(padding: number): string {
  return JSON.stringify([
    1,
    'realm1',
    { roles: { caller: {} }, authid: 'joe', authmethods: ['ticket'], _: 'x'.repeat(padding) },
  ]);
}

/** Sends frames by WebSocket; gives what was answered, and the code of the close. */
async function answersTo(url: string, frames: readonly string[]): Promise<[types: unknown[], code: number]> {
  const webSocket = new WebSocket(url, ['wamp.2.json']);
  const types: unknown[] = [];
  webSocket.on('message', (data) => types.push(JSON.parse(data.toString())[0]));
  webSocket.on('error', () => {});
  await once(webSocket, 'open');
  for (const frame of frames) webSocket.send(frame);
  const [code] = await within(once(webSocket, 'close'), 'the connection is closed');
  return [types, code];
}

describe('Handshake limits', () => {
  it('permit messages of maxHandshakeSize bytes', async () => {
    await using test = await start();
    await using client = await WampClient.connect(test.web.url);
    client.sendText(hello(7_000));
    expect((await client.next())[0]).to.equal(MessageType.CHALLENGE);
    client.send([MessageType.AUTHENTICATE, 'secret', {}]);
    expect((await client.next())[0]).to.equal(MessageType.WELCOME);
  });

  it('end the connection with ABORT and 1009 after a longer message, by WebSocket', async () => {
    await using test = await start();
    expect(await answersTo(test.web.url, [hello(8_200)])).to.eql([[MessageType.ABORT], 1009]);
    const authenticate = JSON.stringify([MessageType.AUTHENTICATE, 'x'.repeat(8_200), {}]);
    const [types, code] = await answersTo(test.web.url, [hello(0), authenticate]);
    expect([types, code]).to.eql([[MessageType.CHALLENGE, MessageType.ABORT], 1009]);
    await until(() => test.router.stats().connections === 0, 'the connections are gone');
    expect(test.errors).to.eql([]);
  });

  it('end the connection before a longer message has arrived, by WebSocket', async () => {
    await using test = await start();
    const webSocket = new WebSocket(test.web.url, ['wamp.2.json']);
    webSocket.on('error', () => {});
    await once(webSocket, 'open');
    const closed = once(webSocket, 'close');
    // The first fragments of a message that never ends.
    for (let sent = 0; sent < 20; sent++) webSocket.send('x'.repeat(1_000), { fin: false });
    await within(closed, 'the connection is closed');
    await until(() => test.router.stats().connections === 0, 'it is gone');
  });

  it('end the connection after the length of a longer message, by RawSocket', async () => {
    await using test = await start();
    await using wire = await RawSocketWire.open(await connectTo(test.raw.url), 'json');
    const received: string[] = [];
    wire.onframe = (frame) => received.push(String(frame));
    wire.socket.write(Uint8Array.of(0, 0, 0x20, 0x01));
    await within(wire.closed, 'the connection is closed');
    expect(received.map((frame) => JSON.parse(frame)[0])).to.eql([MessageType.ABORT]);
  });

  it('end the connection after a longer message, in memory', async () => {
    await using test = await start();
    await using client = WampClient.over(test.router.attach());
    client.sendText(hello(8_200));
    expect((await client.next())[0]).to.equal(MessageType.ABORT);
    expect((await client.closed).code).to.equal(1009);
  });

  it('do not apply after WELCOME', async () => {
    await using test = await start();
    for (const client of [await WampClient.open(test.url), await WampClient.attach(test.router)]) {
      await using session = client;
      expect((await session.publish('com.example.topic', {}, ['x'.repeat(100_000)]))[0]).to.equal(
        MessageType.PUBLISHED,
      );
    }
    await using wire = await RawSocketWire.open(
      await connectTo((await test.router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } })).url),
      'json',
    );
    const received: string[] = [];
    wire.onframe = (frame) => received.push(String(frame));
    wire.send('[1,"realm1",{"roles":{"publisher":{}}}]');
    wire.send(`[16,1,{"acknowledge":true},"com.example.topic",["${'x'.repeat(100_000)}"]]`);
    await until(() => received.length === 2, 'WELCOME and PUBLISHED');
    expect(received.map((frame) => JSON.parse(frame)[0])).to.eql([MessageType.WELCOME, MessageType.PUBLISHED]);
  });

  it('close only connections of the address that opens too many', async () => {
    await using test = await start({ maxUnjoined: 5 });
    const { port } = test.web;
    await using patient = await WampClient.connect(test.web.url);
    const flood = [];
    for (let index = 0; index < 20; index++) {
      flood.push(await WampClient.connect(`ws://127.0.0.1:${port}/ws`, ['wamp.2.json'], '127.0.0.2'));
    }
    for (const client of flood.slice(0, 16)) expect((await client.closed).code).to.equal(1008);
    patient.sendText(hello(0));
    expect((await patient.next())[0]).to.equal(MessageType.CHALLENGE);
    for (const client of flood) await client[Symbol.asyncDispose]();
  });

  it('permit maxConnectionsPerAddress connections of an address at each listener', async () => {
    await using test = await start({ maxConnectionsPerAddress: 2 });
    for (const listener of [test.web, test.raw]) {
      const open = (localAddress: string) => connect({ port: listener.port, host: '127.0.0.1', localAddress });
      const [first, second, third, other] = ['127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.3'].map(open) as [
        Socket,
        Socket,
        Socket,
        Socket,
      ];
      for (const socket of [first, second, third, other]) socket.on('error', () => {});
      await within(once(third.resume(), 'close'), 'the third connection is closed');
      expect([first.destroyed, second.destroyed, other.destroyed]).to.eql([false, false, false]);
      for (const socket of [first, second, other]) socket.destroy();
    }
  });

  it('permit maxUnjoined connections, and close the oldest beyond it', async () => {
    await using test = await start({ maxUnjoined: 2 });
    await using joined = await WampClient.open(test.url);
    const waiting = [];
    for (let index = 0; index < 3; index++) waiting.push(await WampClient.connect(test.web.url));
    const [oldest, ...others] = waiting as [WampClient, WampClient, WampClient];
    const [type, , reason] = await oldest.next();
    expect([type, reason]).to.eql([MessageType.ABORT, 'wamp.error.unavailable']);
    expect((await oldest.closed).code).to.equal(1008);
    for (const client of others) {
      await using late = client;
      late.sendText(hello(0));
      expect((await late.next())[0]).to.equal(MessageType.CHALLENGE);
    }
    expect((await joined.publish('com.example.topic'))[0]).to.equal(MessageType.PUBLISHED);
  });
});
