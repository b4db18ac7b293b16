import type { Socket } from 'node:net';
import type { Content, Frame } from '@pgwamp/protocol';
import { CloseCode } from '@pgwamp/protocol';
import {
  CorkedSocket,
  Heartbeat,
  type HeartbeatTimes,
  ONE_BY_ONE,
  type Packing,
  peerOf,
  progressOf,
} from '@pgwamp/protocol/internal';
import type { RawData, WebSocket } from 'ws';
import type { Transport } from './transport.ts';

/** Times of one WebSocket connection, in milliseconds. */
export interface WebSocketTimes extends HeartbeatTimes {
  /** How long the other end may take to answer a close. */
  readonly closeTimeout: number;
}

/** What was agreed on in the handshake. */
export interface WebSocketTerms {
  readonly binary: boolean;
  readonly packing: Packing;
}

function nothing(): void {}

/**
 * A WebSocket connection. `ws` does the handshake, reads, and writes control frames; data frames go to the socket
 * directly, ready-made and corked, all of one turn of the event loop in one write. Only where compression was agreed on
 * does `ws` write them, each receiver's on its own.
 */
export class WebSocketTransport implements Transport {
  readonly kind = 'websocket';
  readonly peer: string;
  onframe: (content: Content) => void = nothing;
  ondrain: () => void = nothing;
  onviolation: (code: number, message: string) => void = nothing;
  onclose: (code: number, reason: string) => void = nothing;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #corked: CorkedSocket;
  readonly #binary: boolean;
  readonly #packing: Packing;
  readonly #compressed: boolean;
  readonly #heartbeat: Heartbeat;
  readonly #closeTimeout: number;
  #end: { readonly code: number; readonly reason: string } | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #countReceived: ((chunk: Buffer) => void) | undefined;

  constructor(webSocket: WebSocket, socket: Socket, { binary, packing }: WebSocketTerms, times: WebSocketTimes) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#corked = new CorkedSocket(socket);
    this.#binary = binary;
    this.#packing = packing;
    this.#compressed = webSocket.extensions !== '';
    this.#closeTimeout = times.closeTimeout;
    this.peer = peerOf(socket);
    this.#heartbeat = new Heartbeat(this.#heartbeatTarget(), times);
    this.#listen();
  }

  get bufferedAmount(): number {
    // Of what waits to be compressed the socket does not know yet.
    return this.#compressed ? this.#webSocket.bufferedAmount : this.#socket.writableLength;
  }

  send(frame: Frame): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    try {
      this.#write(frame);
    } catch (error) {
      this.close(CloseCode.MESSAGE_TOO_BIG, `a message cannot be written: ${(error as Error).message}`);
    }
  }

  close(code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = { code, reason };
    // A paused socket would never see the answer.
    this.#webSocket.resume();
    this.#webSocket.close(code, reason);
    this.#closeTimer = setTimeout(() => this.#webSocket.terminate(), this.#closeTimeout);
  }

  terminate(code: number, reason: string): void {
    this.#end ??= { code, reason };
    this.#webSocket.terminate();
  }

  pause(): void {
    if (this.#webSocket.isPaused) return;
    this.#webSocket.pause();
    this.#corked.watch();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  /** `ws` collects a message up to its own limit. Here all bytes are counted, which are enough for two messages. */
  limitFrames(bytes: number): void {
    this.liftFrameLimit();
    const limit = 2 * bytes;
    let received = 0;
    this.#countReceived = (chunk) => {
      received += chunk.length;
      if (received > limit && this.#countReceived !== undefined) {
        this.liftFrameLimit();
        this.onviolation(CloseCode.MESSAGE_TOO_BIG, `a client may send ${limit} bytes before it has joined`);
        // The rest of a long message would be read while the answer to the close is awaited.
        this.#socket.destroySoon();
      }
    };
    // Behind the listener of `ws`, which has handed over the messages of the chunk by then.
    this.#socket.on('data', this.#countReceived);
  }

  liftFrameLimit(): void {
    if (this.#countReceived === undefined) return;
    this.#socket.off('data', this.#countReceived);
    this.#countReceived = undefined;
  }

  #listen(): void {
    this.#corked.ontaken = () => this.#taken();
    this.#webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // `ws` closes the connection by itself after an error; its reason is then this error's.
    this.#webSocket.on('error', (error) => {
      this.#end ??= { code: CloseCode.ABNORMAL, reason: error.message };
    });
    this.#webSocket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  #write(frame: Frame): void {
    if (this.#compressed) this.#compress(frame);
    else {
      this.#corked.write(frame.wire(this.#packing.framing));
      if (this.#webSocket.isPaused) this.#corked.watch();
    }
  }

  #compress(frame: Frame): void {
    this.#webSocket.send(this.#packing.pack(frame.content), { binary: this.#binary }, () => {
      if (this.#webSocket.isPaused) this.#corked.watch();
    });
  }

  /** Whoever paused may want to read on, or to be asked again when the rest has been taken. */
  #taken(): void {
    if (!this.#webSocket.isPaused) return;
    this.ondrain();
    if (this.#webSocket.isPaused && this.#socket.writableLength > 0) this.#corked.watch();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (isBinary !== this.#binary) {
      const kind = this.#binary ? 'binary' : 'text';
      this.onviolation(CloseCode.UNSUPPORTED_DATA, `the subprotocol has ${kind} frames only`);
      return;
    }
    const content = isBinary ? (data as Buffer) : (data as Buffer).toString();
    if (this.#packing === ONE_BY_ONE) this.onframe(content);
    else this.#unpack(content);
  }

  #unpack(content: Content): void {
    for (const message of this.#packing.unpack(content)) {
      if (this.#webSocket.readyState === this.#webSocket.OPEN) this.onframe(message);
    }
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#closeTimer);
    this.#heartbeat.stop();
    this.onclose(this.#end?.code ?? code, this.#end?.reason ?? reason);
  }

  #heartbeatTarget() {
    const socket = this.#socket;
    return {
      progress: () => progressOf(socket, this.#webSocket.isPaused),
      ping: () => this.#webSocket.ping(),
      dead: () => this.terminate(CloseCode.ABNORMAL, 'no answer to a ping'),
    };
  }
}
