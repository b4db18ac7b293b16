import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Format } from './encode.ts';
import { frame } from './frame.ts';
import { type Head, readHead } from './read-head.ts';

function request(host: string, path: string, format: Format): string {
  const key = randomBytes(16).toString('base64');
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: wamp.2.${format}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
  );
}

/**
 * The client's end of a WebSocket with as little as possible between it and the socket, so that a load generator takes
 * less of the machine than what it loads: ready-made frames out, heads of messages in.
 */
export class Wire {
  readonly format: Format;
  /** A message has arrived; `bytes` from `start` on is its payload. */
  onmessage: (head: Head, bytes: Buffer, start: number) => void = () => {};
  /** All that one read has brought has been told. */
  onturn: () => void = () => {};
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, format: Format) {
    this.#socket = socket;
    this.format = format;
    socket.on('data', (chunk) => this.#read(chunk));
  }

  static async open(url: string, format: Format): Promise<Wire> {
    const { hostname, port, pathname, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    socket.write(request(host, pathname, format));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${answer}`);
    return new Wire(socket, format);
  }

  /** A wire on which a session has joined realm1. */
  static async join(url: string, format: Format): Promise<Wire> {
    const wire = await Wire.open(url, format);
    const roles = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
    await wire.ask([1, 'realm1', { roles }], 2);
    return wire;
  }

  send(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** Sends a message and waits for the next one, which must be of a type. */
  async ask(message: Parameters<typeof frame>[1], type: number): Promise<Head> {
    const answered = Promise.withResolvers<Head>();
    this.onmessage = (head, bytes, start) => {
      if (head.type === type) answered.resolve(head);
      else answered.reject(new Error(`expected message ${type}, found ${bytes.subarray(start).toString('latin1')}`));
    };
    this.send(frame(this.format, message));
    return answered.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const length = bytes[at + 1] ?? 0;
      const start = at + (length < 126 ? 2 : length === 126 ? 4 : 10);
      if (start > bytes.length) break;
      const end = start + (length < 126 ? length : this.#longLength(bytes, at));
      if (end > bytes.length) break;
      // Pings and the like are no messages.
      if (((bytes[at] ?? 0) & 0x0f) < 8) this.onmessage(readHead(this.format, bytes, start), bytes, start);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    this.onturn();
  }

  #longLength(bytes: Buffer, at: number): number {
    return bytes[at + 1] === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  }
}
