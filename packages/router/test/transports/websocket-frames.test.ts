import { expect } from 'chai';
import { until } from '../support/deadline.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startRouter, type TestRouter } from '../support/router.ts';

const TOPIC = 'com.example.topic';
const [TEXT, CLOSE, PING] = [1, 8, 9];
const PUBLISH = `[16,1,{"acknowledge":true},"${TOPIC}"]`;

/** A masked frame of at most 125 bytes; the mask is zero. */
function frame(first: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.of(first, 0x80 | bytes.length, 0, 0, 0, 0), bytes]);
}

const final = (opcode: number, payload: Buffer | string) => frame(0x80 | opcode, payload);

async function join(test: TestRouter): Promise<RawSocket> {
  const client = await RawSocket.connect(test.listener.port);
  client.upgrade('/ws');
  client.frame(TEXT, Buffer.from('[1,"realm1",{"roles":{"publisher":{}}}]'));
  await until(() => client.received.includes('[2,'), 'WELCOME');
  return client;
}

async function assertForgotten(test: TestRouter, cause: string): Promise<void> {
  await until(() => test.router.stats().connections === 0, 'the connection is forgotten');
  expect(test.ends.map((end) => end.cause)).to.eql([cause]);
  expect(test.errors).to.eql([]);
}

describe('WebSocket frames', () => {
  it('are answered if they arrive before a close, followed by the close', async () => {
    await using test = await startRouter();
    using client = await join(test);
    client.socket.write(Buffer.concat([final(TEXT, PUBLISH), final(CLOSE, Buffer.of(0x03, 0xe8)), final(TEXT, '[]')]));
    const response = await client.response();
    const close = '\x88\x02\x03\xe8';
    expect(response.endsWith(close)).to.equal(true);
    expect(response.slice(0, -close.length)).to.match(/\[17,1,\d+\]$/);
    await assertForgotten(test, 'lost');
  });

  it('are answered without a code if they close without a code', async () => {
    await using test = await startRouter();
    using client = await join(test);
    client.socket.write(final(CLOSE, ''));
    expect((await client.response()).endsWith('\x88\x00')).to.equal(true);
    await assertForgotten(test, 'lost');
  });

  it('may be fragments, with a ping in between', async () => {
    await using test = await startRouter();
    using client = await join(test);
    client.socket.write(frame(TEXT, PUBLISH.slice(0, 10)));
    client.socket.write(final(PING, 'still there?'));
    client.socket.write(frame(0, PUBLISH.slice(10, 20)));
    client.socket.write(final(0, PUBLISH.slice(20)));
    await until(() => /still there\?.*\[17,1,\d+\]/s.test(client.received), 'the pong and PUBLISHED');
    expect(client.received).to.contain('\x8a\x0cstill there?');
  });

  it('may arrive byte by byte, immediately after the handshake', async () => {
    await using test = await startRouter();
    using client = await RawSocket.connect(test.listener.port);
    client.socket.setNoDelay();
    client.upgrade('/ws');
    const bytes = Buffer.concat([final(TEXT, '[1,"realm1",{"roles":{"publisher":{}}}]'), final(TEXT, PUBLISH)]);
    for (const byte of bytes) client.socket.write(Buffer.of(byte));
    await until(() => /\[17,1,\d+\]/.test(client.received), 'PUBLISHED');
  });

  it('are answered after the client has closed its half of the connection', async () => {
    await using test = await startRouter();
    using client = await join(test);
    client.socket.end(final(TEXT, PUBLISH));
    expect(await client.response()).to.match(/\[17,1,\d+\]$/);
    await assertForgotten(test, 'lost');
  });
});
