import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Content } from '../serializer/serializer.ts';
import type { Frame } from './frame.ts';
import { Heartbeat, type HeartbeatTimes } from './heartbeat.ts';
import { CloseCode, type Transport } from './transport.ts';
import { websocketFraming } from './websocket-framing.ts';

/** Times of one WebSocket connection, in milliseconds. */
export interface WebSocketTimes extends HeartbeatTimes {
  /** How long the other end may take to answer a close. */
  readonly closeTimeout: number;
}

function nothing(): void {}

/**
 * A WebSocket connection. `ws` does the handshake, reads, and writes control frames; data frames go to the socket
 * directly, ready-made and corked, all of one turn of the event loop in one write.
 */
export class WebSocketTransport implements Transport {
  readonly kind = 'websocket';
  readonly peer: string;
  onframe: (content: Content) => void = nothing;
  ondrain: () => void = nothing;
  onclose: (code: number, reason: string) => void = nothing;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #heartbeat: Heartbeat;
  readonly #closeTimeout: number;
  readonly #uncork: () => void;
  #corked = false;
  #end: { readonly code: number; readonly reason: string } | undefined;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(webSocket: WebSocket, socket: Socket, binary: boolean, times: WebSocketTimes) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#closeTimeout = times.closeTimeout;
    this.peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.#uncork = () => {
      this.#corked = false;
      socket.uncork();
    };
    this.#heartbeat = new Heartbeat(this.#pulse(), times);
    this.#listen(binary);
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength;
  }

  send(frame: Frame): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#cork();
    this.#socket.write(frame.wire(websocketFraming));
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
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    setImmediate(this.#uncork);
  }

  #listen(binary: boolean): void {
    this.#webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary, binary));
    this.#socket.on('drain', () => this.ondrain());
    // `ws` closes the connection by itself after an error; its reason is then this error's.
    this.#webSocket.on('error', (error) => {
      this.#end ??= { code: CloseCode.ABNORMAL, reason: error.message };
    });
    this.#webSocket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  #receive(data: RawData, isBinary: boolean, binary: boolean): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (isBinary !== binary) {
      this.close(CloseCode.UNSUPPORTED_DATA, `the subprotocol has ${binary ? 'binary' : 'text'} frames only`);
      return;
    }
    const bytes = data as Buffer;
    this.onframe(binary ? bytes : bytes.toString());
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#closeTimer);
    this.#heartbeat.stop();
    this.onclose(this.#end?.code ?? code, this.#end?.reason ?? reason);
  }

  #pulse() {
    const socket = this.#socket;
    return {
      // While reading is paused no answer can be seen; taking what we write is then the sign of life.
      progress: () => socket.bytesRead + (this.#webSocket.isPaused ? socket.bytesWritten - socket.writableLength : 0),
      ping: () => this.#webSocket.ping(),
      dead: () => this.terminate(CloseCode.ABNORMAL, 'no answer to a ping'),
    };
  }
}
