import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { within } from './deadline.ts';

/** A TCP connection with no protocol on top, for clients that misbehave. */
export class RawSocket implements Disposable {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = once(socket, 'close');
    socket.on('data', (data) => {
      this.#received += data.toString('latin1');
    });
    // These clients cause resets as often as orderly closes.
    socket.on('error', () => socket.destroy());
  }

  static async connect(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawSocket(socket);
  }

  get received(): string {
    return this.#received;
  }

  /** Asks for a WebSocket, with the headers given. */
  upgrade(path: string, headers: readonly string[] = ['Sec-WebSocket-Protocol: wamp.2.json']): void {
    const key = randomBytes(16).toString('base64');
    const lines = [
      `GET ${path} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${key}`,
      ...headers,
    ];
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Writes a masked frame of up to 65,535 bytes; the mask is zero, which leaves the payload as it is. */
  frame(opcode: number, payload: Uint8Array): void {
    const long = payload.length > 125;
    const header = Buffer.from([0x80 | opcode, 0x80 | (long ? 126 : payload.length)]);
    const length = Buffer.alloc(long ? 2 : 0);
    if (long) length.writeUInt16BE(payload.length);
    this.socket.write(Buffer.concat([header, length, Buffer.alloc(4), payload]));
  }

  /** Everything received until the connection closed. */
  async response(): Promise<string> {
    await within(this.closed, 'the connection closes');
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
