import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { readMessages } from '@pgwamp/protocol/internal';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';

const MAX_LENGTH = 66_000;
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const [TEXT, BINARY, CLOSE, PING, PONG] = [0x81, 0x82, 0x88, 0x89, 0x8a];

/** A socket without a network: `push` is what arrives. */
class Wire extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.written.push(chunk);
    const key = /^sec-websocket-key: (\S+)/im.exec(chunk.toString('latin1'))?.[1];
    if (key !== undefined) this.push(accepting(key));
    callback();
  }
}

function accepting(key: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

async function openServer(wire: Wire): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_LENGTH });
  const headers = { upgrade: 'websocket', 'sec-websocket-key': KEY, 'sec-websocket-version': '13' };
  const request = { method: 'GET', url: '/', headers } as unknown as IncomingMessage;
  return new Promise((resolve) => server.handleUpgrade(request, wire, Buffer.alloc(0), resolve));
}

async function openClient(wire: Wire): Promise<WebSocket> {
  const webSocket = new WebSocket('ws://localhost/', {
    createConnection: () => wire as unknown as Socket,
    generateMask: (mask) => mask.fill(7),
    maxPayload: MAX_LENGTH,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => webSocket.once('open', () => resolve(webSocket)).once('error', reject));
}

interface Scenario {
  /** Whether the frames come from a client. */
  readonly masked: boolean;
  readonly chunks: readonly Buffer[];
  /** Whether the other end closes its half at the end, or the connection breaks. */
  readonly ends: boolean;
  /** The number of messages, if no frame is cut off at the end. */
  readonly messages: number;
}

/** All that a WebSocket tells and writes. A message may make it pause, close, or terminate. */
async function outcomeOf({ masked, chunks, ends }: Scenario, ours: boolean) {
  const wire = new Wire();
  const webSocket = await (masked ? openServer(wire) : openClient(wire));
  const handshake = wire.written.length;
  const log: unknown[] = [];
  let readByWs = 0;
  const receive = (data: Buffer, isBinary: boolean) => {
    const content = isBinary ? data : data.toString();
    log.push(['message', content]);
    if (content === 'pause') {
      webSocket.pause();
      setImmediate(() => webSocket.resume());
    }
    if (content === 'stop') webSocket.pause();
    if (content === 'close') webSocket.close(4000, 'as told');
    if (content === 'terminate') webSocket.terminate();
  };
  webSocket.on('message', (data, isBinary) => {
    readByWs++;
    if (!ours) receive(data as Buffer, isBinary);
  });
  for (const name of ['ping', 'pong', 'error'] as const) {
    webSocket.on(name, (about: Buffer | Error) => log.push([name, about instanceof Error ? about.message : about]));
  }
  const closed = new Promise<void>((resolve) => {
    webSocket.on('close', (code, reason) => {
      log.push(['close', code, reason.toString()]);
      resolve();
    });
  });
  if (ours) {
    readMessages(webSocket, wire as unknown as Socket, { masked, maxLength: MAX_LENGTH }, { receive });
  }
  for (const chunk of chunks) {
    // Unmasking changes the bytes.
    if (!wire.destroyed) wire.push(Buffer.from(chunk));
    await turn();
  }
  if (!ends) wire.destroy();
  else if (!wire.destroyed) wire.push(null);
  await turn();
  if (ends && webSocket.isPaused) webSocket.resume();
  await turn();
  wire.destroy();
  await closed;
  return { log, written: Buffer.concat(wire.written.slice(handshake)), readByWs };
}

interface Spec {
  readonly first: number;
  readonly payload: Buffer;
  readonly masked: boolean;
  readonly mask: Uint8Array;
  /** The bytes of the length, at least: 0, 2 or 8. */
  readonly lengthSize: number;
}

function encode({ first, payload, masked, mask, lengthSize }: Spec): Buffer {
  const { length } = payload;
  const size = Math.max(lengthSize, length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + size);
  head[0] = first;
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const scrambled = payload.map((byte, index) => byte ^ (mask[index & 3] as number));
  return Buffer.concat([head, mask, scrambled]);
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  // At most 200 chunks, however long the frames are.
  const least = Math.ceil(bytes.length / 200);
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(least, sizes[chunks.length % sizes.length] as number);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const words = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  fc.constant('pause'),
  fc.constantFrom(125, 126, 127, 65_535, 65_536, MAX_LENGTH).map((length) => 'x'.repeat(length)),
);
const text = words.map((content) => ({ first: TEXT, payload: Buffer.from(content) }));
const bytesUpTo = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
const binary = bytesUpTo(300).map((payload) => ({ first: BINARY, payload }));
const heartbeat = fc.record({ first: fc.constantFrom(PING, PONG), payload: bytesUpTo(125) });
const closing = fc
  .tuple(fc.constantFrom(1000, 1001, 1005, 3000, 5000), fc.string({ maxLength: 10 }))
  .map(([code, reason]) => ({
    first: CLOSE,
    payload: Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason)]),
  }));
const fragment = fc.record({ first: fc.constantFrom(0x01, 0x02, 0x00, 0x80, 0x80), payload: bytesUpTo(30) });
const command = fc.constantFrom('stop', 'close', 'terminate', 'x'.repeat(MAX_LENGTH + 1)).map((content) => ({
  first: TEXT,
  payload: Buffer.from(content),
}));
const invalid = fc.oneof(
  bytesUpTo(30).map((payload) => ({ first: TEXT, payload: Buffer.concat([payload, Buffer.of(0xc3)]) })),
  fc.record({ first: fc.nat(255), payload: bytesUpTo(130) }),
  fc.record({
    first: fc.constantFrom(CLOSE, PING, PONG),
    payload: fc.constantFrom(0, 1, 126, 300).map((length) => Buffer.alloc(length)),
  }),
);

function specs(masked: boolean, isOrdinary: boolean): fc.Arbitrary<Spec> {
  const ordinary = [
    { weight: 10, arbitrary: text },
    { weight: 6, arbitrary: binary },
    { weight: 3, arbitrary: heartbeat },
  ];
  const others = [
    { weight: 2, arbitrary: fragment },
    { weight: 1, arbitrary: closing },
    { weight: 1, arbitrary: command },
    { weight: 2, arbitrary: invalid },
  ];
  return fc
    .record({
      frame: fc.oneof(...(isOrdinary ? ordinary : [...ordinary, ...others])),
      isMisused: fc.integer({ min: 1, max: 60 }).map((number) => !isOrdinary && number === 1),
      mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      lengthSize: fc.constantFrom(0, 0, 0, 0, 0, 0, 2, 8),
    })
    .map(({ frame, isMisused, mask, lengthSize }) => ({
      ...frame,
      mask,
      masked: masked !== isMisused,
      lengthSize: frame.first >= CLOSE && frame.first <= PONG ? 0 : lengthSize,
    }));
}

function scenarios(isOrdinary: boolean): fc.Arbitrary<Scenario> {
  return fc.boolean().chain((masked) =>
    fc
      .record({
        frames: fc.array(specs(masked, isOrdinary), { maxLength: 25 }),
        sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })), {
          minLength: 1,
          maxLength: 8,
        }),
        ends: fc.boolean(),
        lost: fc.nat(12),
      })
      .map(({ frames, sizes, ends, lost }) => {
        const bytes = Buffer.concat(frames.map(encode));
        // The connection may break within a frame.
        const messages = frames.filter(({ first }) => first === TEXT || first === BINARY).length;
        return {
          masked,
          ends,
          messages,
          chunks: cut(bytes.subarray(0, bytes.length - (isOrdinary ? 0 : lost)), sizes),
        };
      }),
  );
}

describe('readMessages', () => {
  it('gives the same messages, answers, errors and close codes as ws, whatever arrives', async function () {
    this.timeout(60_000);
    const compare = fc.asyncProperty(scenarios(false), async (scenario) => {
      const expected = await outcomeOf(scenario, false);
      const found = await outcomeOf(scenario, true);
      expect(found.log).to.eql(expected.log);
      expect(found.written.equals(expected.written)).to.equal(true);
    });
    await fc.assert(compare, { numRuns: 800 });
  });

  it('reads whole messages without ws, and only heartbeats by ws', async function () {
    this.timeout(60_000);
    const read = fc.asyncProperty(scenarios(true), async (scenario) => {
      const { log, readByWs } = await outcomeOf(scenario, true);
      const messages = log.filter((entry) => (entry as unknown[])[0] === 'message');
      expect([messages.length, readByWs]).to.eql([scenario.messages, 0]);
    });
    await fc.assert(read, { numRuns: 100 });
  });

  it('leaves compressed connections, and sockets with other listeners, to ws', async () => {
    const message = encode({
      first: TEXT,
      payload: Buffer.from('a'),
      masked: true,
      mask: Buffer.alloc(4),
      lengthSize: 0,
    });
    for (const [extensions, isAlone] of [
      ['permessage-deflate', true],
      ['', false],
    ] as const) {
      const wire = new Wire();
      const arrived: Buffer[] = [];
      wire.on('data', (chunk: Buffer) => arrived.push(chunk));
      if (!isAlone) wire.on('data', () => undefined);
      const terms = { masked: true, maxLength: MAX_LENGTH };
      const receive = () => expect.fail('a message');
      const webSocket = { extensions, on: () => undefined };
      readMessages(webSocket, wire as unknown as Socket, terms, { receive });
      wire.push(message);
      await turn();
      expect(Buffer.concat(arrived).equals(message)).to.equal(true);
      wire.destroy();
    }
  });
});
