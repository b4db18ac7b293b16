import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { certificate } from '@pgwamp/harness/fixtures/certificates';
import type { Content } from '@pgwamp/protocol';
import { ChunkQueue } from '@pgwamp/protocol/internal';
import { WebSocket } from 'ws';
import { within } from './deadline.ts';
import type { FrameWire } from './value-client.ts';

const NUMBERS = { json: 1, msgpack: 2, cbor: 3 } as const;

function nothing(): void {}

/** A WebSocket as a wire. */
export async function webSocketWire(url: string, subprotocol: string, perMessageDeflate = false): Promise<FrameWire> {
  const webSocket = new WebSocket(url, [subprotocol], { perMessageDeflate, ca: certificate('authority') });
  const binary = !subprotocol.startsWith('wamp.2.json');
  const wire: FrameWire = {
    send: (content) => webSocket.send(content),
    close: () => webSocket.close(),
    onframe: nothing,
    closed: new Promise((resolve) => webSocket.once('close', resolve)),
  };
  webSocket.on('message', (data) => wire.onframe(binary ? (data as Buffer) : data.toString()));
  await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
  return wire;
}

function frameOf(type: number, content: Content): Buffer {
  const bytes = Buffer.from(content as string);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.length === 2 ** 24 ? 0x0800_0000 : bytes.length);
  prefix[0] = (prefix[0] ?? 0) | type;
  return Buffer.concat([prefix, bytes]);
}

/** A RawSocket as a wire; it also shows the handshake, and frames that are no messages. */
export class RawSocketWire implements FrameWire, AsyncDisposable {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly pings: Buffer[] = [];
  onframe: (content: Content) => void = nothing;
  onpong: (content: Buffer) => void = nothing;
  readonly #text: boolean;
  readonly #received = new ChunkQueue();
  #prefix: number | undefined;
  #answer: ((bytes: Buffer) => void) | undefined;

  constructor(socket: Socket, text: boolean) {
    this.socket = socket;
    this.#text = text;
    this.closed = once(socket, 'close');
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => this.#receive(data as Buffer));
  }

  /** Shakes hands; the second byte of the answer says what was agreed on. */
  static async open(socket: Socket, name: keyof typeof NUMBERS, length = 15): Promise<RawSocketWire> {
    const wire = new RawSocketWire(socket, name === 'json');
    const answer = await wire.shakeHands(Buffer.from([0x7f, (length << 4) | NUMBERS[name], 0, 0]));
    if ((answer[1] ?? 0) % 16 !== NUMBERS[name]) throw new Error(`refused with ${answer.toString('hex')}`);
    return wire;
  }

  shakeHands(request: Uint8Array): Promise<Buffer> {
    const answer = new Promise<Buffer>((resolve) => {
      this.#answer = resolve;
    });
    this.socket.write(request);
    return within(answer, 'the answer to the handshake');
  }

  send(content: Content): void {
    this.socket.write(frameOf(0, content));
  }

  ping(content: Content): void {
    this.socket.write(frameOf(1, content));
  }

  close(): void {
    this.socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #receive(data: Buffer): void {
    this.#received.push(data);
    if (this.#answer !== undefined && this.#received.size >= 4) {
      this.#answer(this.#received.take(4));
      this.#answer = undefined;
    }
    this.#read();
  }

  #read(): void {
    for (;;) {
      if (this.#prefix === undefined && this.#received.size >= 4) this.#prefix = this.#received.take(4).readUInt32BE();
      if (this.#prefix === undefined) return;
      const length = (this.#prefix & 0x0800_0000) === 0 ? this.#prefix & 0xff_ffff : 2 ** 24;
      if (this.#received.size < length) return;
      const type = (this.#prefix >> 24) & 7;
      this.#prefix = undefined;
      this.#give(type, this.#received.take(length));
    }
  }

  #give(type: number, bytes: Buffer): void {
    if (type === 0) this.onframe(this.#text ? bytes.toString() : bytes);
    else if (type === 1) this.pings.push(bytes);
    else this.onpong(bytes);
  }
}

/** A TCP, TLS or Unix connection to what a listener's URL names. */
export async function connectTo(url: string): Promise<Socket> {
  const unix = /^rs:\/\/unix:(.*)$/.exec(url)?.[1];
  if (unix !== undefined) return connected(connectTcp(unix), 'connect');
  const { port, protocol } = new URL(url);
  if (protocol === 'rs:') return connected(connectTcp(Number(port), '127.0.0.1'), 'connect');
  const tls = { port: Number(port), host: '127.0.0.1', servername: 'localhost', ca: certificate('authority') };
  return connected(connectTls(tls), 'secureConnect');
}

async function connected(socket: Socket, event: string): Promise<Socket> {
  await once(socket, event);
  return socket;
}
