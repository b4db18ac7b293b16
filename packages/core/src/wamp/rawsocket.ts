import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { RouterUnreachableError, SessionLostError } from '../errors.ts';
import { corkFor } from './cork.ts';
import { dial, explain } from './dial.ts';
import { Heartbeat } from './heartbeat.ts';
import { type FrameHeader, frameOf, headerOf, requestHandshake, routerLimit } from './rawsocket-framing.ts';
import type { FrameSocket, RawSocketConfiguration } from './transport-configuration.ts';

/** Bytes in the socket's buffer under which more is welcome. */
const lowWater = 1024 * 1024;

/** A RawSocket that is open. */
export interface OpenRawSocket {
  readonly socket: FrameSocket;
  /** Bytes of a message that the router takes. */
  readonly maxMessageSize: number;
}

/**
 * Connects to a router by RawSocket, over TCP, TLS or a Unix socket.
 *
 * @throws `RouterUnreachableError` if it cannot be reached in time or refuses the handshake.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export async function connectRawSocket(configuration: RawSocketConfiguration): Promise<OpenRawSocket> {
  const { endpoint, options } = configuration;
  const socket = dial(endpoint);
  const late = new Error(`no RawSocket within ${options.open_handshake_timeout} ms`);
  const timer = setTimeout(() => socket.destroy(late), options.open_handshake_timeout);
  try {
    await once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect');
    socket.write(requestHandshake(options.max_message_size));
    const maxMessageSize = routerLimit(await firstBytes(socket, 4));
    return { socket: new RawSocketFrames(socket, options), maxMessageSize };
  } catch (error) {
    socket.destroy();
    throw new RouterUnreachableError(nameOf(endpoint), explain(error as Error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** An endpoint as a URL, for people. */
export function nameOf(endpoint: RawSocketConfiguration['endpoint']): string {
  return endpoint.type === 'unix' ? `rs://unix:${endpoint.path}` : `rs://${endpoint.host}:${endpoint.port}`;
}

/** The router says nothing before HELLO but these. */
async function firstBytes(socket: Socket, count: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const look = () => {
    const bytes: Buffer | null = socket.read(count);
    if (bytes?.length === count) resolve(bytes);
  };
  const ended = () => reject(new Error('the connection was closed during the handshake'));
  socket.on('readable', look).on('close', ended).on('error', reject);
  try {
    return await promise;
  } finally {
    socket.off('readable', look).off('close', ended).off('error', reject);
  }
}

/** Frames over a RawSocket: written once per turn of the event loop, and probed with pings. */
class RawSocketFrames implements FrameSocket {
  onframe: (frame: string) => void = () => undefined;
  onclose: (code: number, reason: string) => void = () => undefined;
  onwritable: () => void = () => undefined;
  readonly #socket: Socket;
  readonly #maxMessageSize: number;
  readonly #cork: () => void;
  readonly #heartbeat: Heartbeat;
  /** Of the frame that is being received. */
  #header: FrameHeader | undefined;
  #paused = false;
  #reading = false;
  #end = { code: 1006, reason: '' };

  constructor(socket: Socket, options: RawSocketConfiguration['options']) {
    this.#socket = socket;
    this.#maxMessageSize = options.max_message_size;
    this.#cork = corkFor(socket);
    this.#heartbeat = new Heartbeat(options, {
      ping: () => socket.write(frameOf('ping', '')),
      pong: () => socket.write(frameOf('pong', '')),
      progress: () => socket.bytesRead,
      dead: (reason) => this.#giveUp(1006, reason),
    });
    socket.on('readable', () => this.#read());
    // What came together with the answer to the handshake is announced no more.
    setImmediate(() => this.#read());
    socket.on('drain', () => this.onwritable());
    socket.on('error', (error) => {
      this.#end.reason ||= error.message;
    });
    socket.on('close', () => {
      this.#heartbeat.stop();
      this.onclose(this.#end.code, this.#end.reason);
    });
    socket.on('end', () => socket.end());
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength > lowWater ? this.#socket.writableLength : 0;
  }

  send(frame: string): void {
    if (!this.#socket.writable) throw new SessionLostError('the RawSocket is closed');
    this.#cork();
    this.#socket.write(frameOf('message', frame));
  }

  close(code = 1000, reason = ''): void {
    this.#end = { code, reason };
    this.#socket.end();
    // What the other end still sends would keep the connection open if nobody read it.
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#heartbeat.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heartbeat.resume();
    // Within a handler, who called it reads on.
    if (!this.#reading) this.#read();
  }

  #giveUp(code: number, reason: string): void {
    this.#end = { code, reason };
    this.#socket.destroy();
  }

  #read(): void {
    this.#reading = true;
    while (!this.#socket.destroyed && !this.#paused && this.#readFrame());
    this.#reading = false;
  }

  /** Whether there was one. */
  #readFrame(): boolean {
    this.#header ??= this.#readHeader();
    if (this.#header === undefined) return false;
    const content = this.#readContent(this.#header);
    if (content === undefined) return false;
    const { type } = this.#header;
    this.#header = undefined;
    this.#take(type, content);
    return true;
  }

  #readHeader(): FrameHeader | undefined {
    const bytes: Buffer | null = this.#socket.read(4);
    if (bytes?.length !== 4) return undefined;
    const header = headerOf(bytes);
    if (header.length > this.#maxMessageSize) this.#giveUp(1009, `a frame of ${header.length} bytes`);
    return header;
  }

  /** At the end of the stream there may be less than the header has promised. */
  #readContent({ length }: FrameHeader): Buffer | undefined {
    if (length === 0) return Buffer.alloc(0);
    const bytes: Buffer | null = this.#socket.read(length);
    return bytes?.length === length ? bytes : undefined;
  }

  #take(type: FrameHeader['type'], content: Buffer): void {
    if (type === 'message') this.onframe(content.toString());
    else if (type === 'ping') this.#socket.write(frameOf('pong', content));
    else if (type === 'pong') this.#heartbeat.answered();
    else this.#giveUp(1002, 'a RawSocket frame of an unknown type');
  }
}
