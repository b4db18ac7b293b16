import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Content, Frame } from '@pgwamp/protocol';
import { CloseCode, FrameFault } from '@pgwamp/protocol';
import {
  FrameType,
  Heartbeat,
  PREFIX_SIZE,
  peerOf,
  progressOf,
  RawSocketReader,
  rawSocketFrame,
  rawSocketFraming,
} from '@pgwamp/protocol/internal';
import { SocketOutput } from './socket-output.ts';
import type { Transport } from './transport.ts';
import type { WebSocketTimes } from './websocket.ts';

/** The results of the handshake. */
export interface RawSocketTerms {
  readonly binary: boolean;
  /** The size limit of messages to the router, in bytes. */
  readonly maxReceived: number;
  /** The size limit of messages to the client, in bytes. */
  readonly maxSent: number;
}

const NO_BYTES = new Uint8Array(0);
// If more bytes than this wait, no more pings are read: otherwise their answers would accumulate.
const MAX_PONG_BACKLOG = 65_536;

function nothing(): void {}

/**
 * A RawSocket connection.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export class RawSocketTransport implements Transport {
  readonly kind = 'rawsocket';
  readonly peer: string;
  onframe: (content: Content) => void = nothing;
  ondrain: () => void = nothing;
  onviolation: (code: number, message: string) => void = nothing;
  onclose: (code: number, reason: string) => void = nothing;
  readonly #socket: Socket;
  readonly #output: SocketOutput;
  readonly #terms: RawSocketTerms;
  readonly #heartbeat: Heartbeat;
  readonly #closeTimeout: number;
  readonly #reader: RawSocketReader;
  #paused = false;
  #end: { readonly code: number; readonly reason: string } | undefined;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, terms: RawSocketTerms, times: WebSocketTimes) {
    this.#socket = socket;
    this.#output = new SocketOutput(socket);
    this.#terms = terms;
    this.#reader = new RawSocketReader(terms.maxReceived);
    this.#closeTimeout = times.closeTimeout;
    this.peer = peerOf(socket);
    this.#heartbeat = new Heartbeat(this.#heartbeatTarget(), times);
    this.#listen();
  }

  get bufferedAmount(): number {
    return this.#output.bufferedAmount;
  }

  send(frame: Frame): void {
    if (this.#end !== undefined) return;
    try {
      this.#send(frame);
    } catch (error) {
      this.close(CloseCode.MESSAGE_TOO_BIG, `a message cannot be written: ${(error as Error).message}`);
    }
  }

  close(code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = { code, reason };
    this.#reader.clear();
    this.#output.end();
    // A paused socket would never report that the other end has closed.
    this.#socket.resume();
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), this.#closeTimeout);
  }

  terminate(code: number, reason: string): void {
    this.#end ??= { code, reason };
    this.#socket.destroy();
  }

  pause(): void {
    if (this.#paused || this.#end !== undefined) return;
    this.#paused = true;
    this.#socket.pause();
    this.#output.watch();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    this.#read();
  }

  limitFrames(bytes: number): void {
    this.#reader.maxLength = Math.min(bytes, this.#terms.maxReceived);
  }

  liftFrameLimit(): void {
    this.#reader.maxLength = this.#terms.maxReceived;
  }

  /** Reads the data that has arrived. */
  receive(chunk: Buffer): void {
    if (this.#end !== undefined) return;
    this.#reader.push(chunk);
    this.#read();
  }

  #send(frame: Frame): void {
    if (frame.size(rawSocketFraming) - PREFIX_SIZE <= this.#terms.maxSent) {
      this.#output.send(frame, rawSocketFraming);
      if (this.#paused) this.#output.watch();
    }
    // The client would wait forever for a message that is dropped silently.
    else
      this.close(
        CloseCode.MESSAGE_TOO_BIG,
        `a message is longer than the ${this.#terms.maxSent} bytes of the handshake`,
      );
  }

  #listen(): void {
    this.#output.ontaken = () => this.#taken();
    this.#socket.on('data', (chunk) => this.receive(chunk as Buffer));
    this.#socket.on('error', (error) => {
      this.#end ??= { code: CloseCode.ABNORMAL, reason: error.message };
    });
    this.#socket.on('close', () => this.#closed());
  }

  /** Calls back after data was taken: the session that paused reading may continue, or wait for the rest. */
  #taken(): void {
    if (!this.#paused) return;
    this.ondrain();
    if (this.#paused && this.#output.bufferedAmount > 0) this.#output.watch();
  }

  #read(): void {
    try {
      while (!this.#paused && this.#end === undefined) {
        const frame = this.#reader.next();
        if (frame === undefined) return;
        this.#take(frame.type, frame.bytes);
      }
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.onviolation(error.closeCode, error.message);
    }
  }

  #take(type: number, bytes: Buffer): void {
    if (type === FrameType.PING) this.#pong(bytes);
    else if (type === FrameType.MESSAGE) {
      if (this.#terms.binary || isUtf8(bytes)) this.onframe(bytes);
      else this.onviolation(CloseCode.INVALID_PAYLOAD, 'the message is not UTF-8');
    }
  }

  #pong(bytes: Buffer): void {
    this.#output.write(rawSocketFrame(FrameType.PONG, bytes));
    if (this.#output.bufferedAmount > MAX_PONG_BACKLOG) this.pause();
  }

  #closed(): void {
    clearTimeout(this.#closeTimer);
    this.#heartbeat.stop();
    const { code, reason } = this.#end ?? { code: CloseCode.NORMAL, reason: 'the connection was closed' };
    this.#end = { code, reason };
    this.onclose(code, reason);
  }

  #heartbeatTarget() {
    const socket = this.#socket;
    return {
      progress: () => progressOf(socket, this.#paused),
      ping: () => this.#output.write(rawSocketFrame(FrameType.PING, NO_BYTES)),
      dead: () => this.terminate(CloseCode.ABNORMAL, 'no answer to a ping'),
    };
  }
}
