import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CloseCode, type Content, FrameFault, type Serializer } from '@pgwamp/protocol';
import {
  CorkedSocket,
  FrameType,
  HANDSHAKE_SIZE,
  Heartbeat,
  handshakeRequest,
  LONGEST_MESSAGE,
  progressOf,
  RawSocketReader,
  rawSocketFrame,
  readAnswer,
} from '@pgwamp/protocol/internal';
import { RouterUnreachableError, SessionLostError } from '../errors.ts';
import { dial, explain } from './dial.ts';
import type { RouterSocket } from './router-connection.ts';
import type { RawSocketConfiguration } from './transport-configuration.ts';

/** Number of buffered bytes below which the socket counts as writable. */
const lowWater = 1024 * 1024;

/** An open RawSocket. */
export interface OpenRawSocket {
  readonly socket: RouterSocket;
  /** The router's size limit of messages in bytes. */
  readonly maxMessageSize: number;
}

/**
 * Connects to a router by RawSocket, over TCP, TLS or a Unix socket.
 *
 * @throws `RouterUnreachableError` if the router cannot be reached in time or refuses the handshake.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export async function connectRawSocket(
  { endpoint, options }: RawSocketConfiguration,
  serializer: Serializer,
): Promise<OpenRawSocket> {
  const socket = dial(endpoint);
  const timeoutError = new Error(`no RawSocket within ${options.open_handshake_timeout} ms`);
  const timer = setTimeout(() => socket.destroy(timeoutError), options.open_handshake_timeout);
  try {
    await once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect');
    socket.write(handshakeRequest(serializer.name, options.max_received_size));
    const accepted = readAnswer(await firstBytes(socket, HANDSHAKE_SIZE), serializer.name);
    // Some routers do not support the prefix of a message of the maximum length.
    const maxMessageSize = Math.min(accepted, LONGEST_MESSAGE - 1);
    return { socket: new RawSocketFrames(socket, serializer.binary, options), maxMessageSize };
  } catch (error) {
    socket.destroy();
    throw new RouterUnreachableError(nameOf(endpoint), explain(error as Error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Formats an endpoint as a URL for messages. */
export function nameOf(endpoint: RawSocketConfiguration['endpoint']): string {
  return endpoint.type === 'unix' ? `rs://unix:${endpoint.path}` : `rs://${endpoint.host}:${endpoint.port}`;
}

/** Reads the first bytes. The router sends nothing else before HELLO. */
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

/** Frames over a RawSocket. Writes are combined, and idle connections are pinged. */
class RawSocketFrames implements RouterSocket {
  onframe: (frame: Content) => void = () => undefined;
  onclose: (code: number, reason: string) => void = () => undefined;
  onwritable: () => void = () => undefined;
  readonly #socket: Socket;
  readonly #binary: boolean;
  readonly #corked: CorkedSocket;
  readonly #heartbeat: Heartbeat;
  readonly #reader: RawSocketReader;
  #paused = false;
  #reading = false;
  #end: { readonly code: number; readonly reason: string } = { code: CloseCode.ABNORMAL, reason: '' };

  constructor(
    socket: Socket,
    binary: boolean,
    {
      auto_ping_interval: pingInterval,
      auto_ping_timeout: pingTimeout,
      max_received_size,
    }: RawSocketConfiguration['options'],
  ) {
    this.#socket = socket;
    this.#binary = binary;
    this.#corked = new CorkedSocket(socket);
    this.#reader = new RawSocketReader(Math.min(max_received_size, LONGEST_MESSAGE));
    socket.on('data', (chunk) => this.#receive(chunk as Buffer));
    socket.on('drain', () => this.onwritable());
    socket.on('error', ({ message }) => {
      if (this.#end.reason === '') this.#end = { ...this.#end, reason: message };
    });
    socket.on('close', () => {
      this.#heartbeat.stop();
      this.onclose(this.#end.code, this.#end.reason);
    });
    socket.on('end', () => socket.end());
    const target = {
      progress: () => progressOf(socket, this.#paused),
      ping: () => this.#write(FrameType.PING, ''),
      dead: () => this.#giveUp(`no pong within ${pingTimeout} ms`),
    };
    this.#heartbeat = new Heartbeat(target, { pingInterval, pingTimeout });
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength > lowWater ? this.#socket.writableLength : 0;
  }

  send(frame: Content): void {
    if (!this.#socket.writable) throw new SessionLostError('the RawSocket is closed');
    this.#write(FrameType.MESSAGE, frame);
  }

  flush(): void {
    this.#corked.flush();
  }

  close(code: number = CloseCode.NORMAL, reason = ''): void {
    this.#end = { code, reason };
    this.#socket.end();
    // If nobody read the remaining data of the other end, the connection would stay open.
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    // Inside a handler, the loop that called it continues reading.
    if (!this.#reading) this.#read();
    if (!this.#paused) this.#socket.resume();
  }

  #giveUp(reason: string): void {
    this.#end = { code: CloseCode.ABNORMAL, reason };
    this.#socket.destroy();
  }

  #write(type: number, content: Content): void {
    this.#corked.write(rawSocketFrame(type, content));
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#read();
  }

  #read(): void {
    this.#reading = true;
    try {
      while (!this.#socket.destroyed && !this.#paused) {
        const frame = this.#reader.next();
        if (frame === undefined) break;
        this.#take(frame.type, frame.bytes);
      }
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#giveUp(error.message);
    } finally {
      this.#reading = false;
    }
  }

  #take(type: number, bytes: Buffer): void {
    if (type === FrameType.MESSAGE) this.onframe(this.#binary ? bytes : bytes.toString());
    else if (type === FrameType.PING) this.#write(FrameType.PONG, bytes);
  }
}
