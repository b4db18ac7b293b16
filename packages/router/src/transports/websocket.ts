import type { Socket } from 'node:net';
import { closeReason } from '@pgwamp/config';
import type { Content, Frame } from '@pgwamp/protocol';
import { CloseCode } from '@pgwamp/protocol';
import {
  type Batching,
  binaryWebsocketFraming,
  Heartbeat,
  type HeartbeatTimes,
  peerOf,
  progressOf,
  type ReadTerms,
  readMessages,
  websocketFraming,
} from '@pgwamp/protocol/internal';
import { WebSocket } from 'ws';
import { SocketOutput } from './socket-output.ts';
import type { Transport } from './transport.ts';

/** The time limits of one WebSocket connection, in milliseconds. */
export interface WebSocketTimes extends HeartbeatTimes {
  /** The time limit for the answer to a close. */
  readonly closeTimeout: number;
}

/** The results of the handshake. */
export interface WebSocketTerms {
  readonly binary: boolean;
  /** `undefined` for one WAMP message in each WebSocket message. */
  readonly batching: Batching | undefined;
  readonly reading: ReadTerms;
}

function nothing(): void {}

/**
 * A WebSocket that calls back before it writes a close frame. `ws` also writes one by itself, as the answer to that of
 * the client, and the frames of this turn have to precede it.
 */
export class ServerWebSocket extends WebSocket {
  onclosing: () => void = nothing;

  override close(code?: number, reason?: string | Buffer): void {
    this.onclosing();
    super.close(code, reason);
  }
}

/**
 * A WebSocket connection. `ws` handles the handshake, control frames, fragments and invalid frames. Whole messages are
 * read before `ws`. Data frames are written to the socket directly: preassembled, and all frames of one turn of the
 * event loop in one write. Only with compression does `ws` read and write all of them.
 */
export class WebSocketTransport implements Transport {
  readonly kind = 'websocket';
  readonly peer: string;
  onframe: (content: Content) => void = nothing;
  ondrain: () => void = nothing;
  onviolation: (code: number, message: string) => void = nothing;
  onclose: (code: number, reason: string) => void = nothing;
  readonly #webSocket: ServerWebSocket;
  readonly #socket: Socket;
  readonly #output: SocketOutput;
  readonly #binary: boolean;
  readonly #batching: Batching | undefined;
  readonly #compressed: boolean;
  readonly #heartbeat: Heartbeat;
  readonly #closeTimeout: number;
  #end: { readonly code: number; readonly reason: string } | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  // Not asked of `ws`: with thousands of receivers, each further object takes time.
  #isClosing = false;
  #isPaused = false;
  #countReceived: ((chunk: Buffer) => void) | undefined;

  constructor(webSocket: ServerWebSocket, socket: Socket, terms: WebSocketTerms, times: WebSocketTimes) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#output = new SocketOutput(socket);
    this.#binary = terms.binary;
    this.#batching = terms.batching;
    this.#compressed = webSocket.extensions !== '';
    this.#closeTimeout = times.closeTimeout;
    this.peer = peerOf(socket);
    this.#heartbeat = new Heartbeat(this.#heartbeatTarget(), times);
    this.#listen(terms.reading);
  }

  get bufferedAmount(): number {
    // The socket does not know of the frames that still wait for compression.
    return this.#compressed ? this.#webSocket.bufferedAmount : this.#output.bufferedAmount;
  }

  send(frame: Frame): void {
    if (this.#isClosing) return;
    try {
      this.#write(frame);
    } catch (error) {
      this.close(CloseCode.MESSAGE_TOO_BIG, `a message cannot be written: ${(error as Error).message}`);
    }
  }

  close(code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = { code, reason };
    // A paused socket would never read the answer.
    this.resume();
    this.#webSocket.close(code, closeReason(reason));
    this.#closeTimer = setTimeout(() => this.#webSocket.terminate(), this.#closeTimeout);
  }

  terminate(code: number, reason: string): void {
    this.#end ??= { code, reason };
    this.#webSocket.terminate();
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#webSocket.pause();
    this.#output.watch();
  }

  resume(): void {
    this.#isPaused = false;
    this.#webSocket.resume();
  }

  /** Receives a WebSocket message. */
  receive(content: Buffer, isBinary: boolean): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (isBinary !== this.#binary) {
      const kind = this.#binary ? 'binary' : 'text';
      this.onviolation(CloseCode.UNSUPPORTED_DATA, `the subprotocol uses ${kind} frames only`);
      return;
    }
    if (this.#batching === undefined) this.onframe(content);
    else this.#unpack(content, this.#batching);
  }

  /** `ws` buffers a message up to its own limit. So this counts all received bytes; the limit allows two messages. */
  limitFrames(bytes: number): void {
    this.liftFrameLimit();
    const limit = 2 * bytes;
    let received = 0;
    this.#countReceived = (chunk) => {
      received += chunk.length;
      if (received > limit && this.#countReceived !== undefined) {
        this.liftFrameLimit();
        this.onviolation(CloseCode.MESSAGE_TOO_BIG, `a client may send ${limit} bytes before it has joined`);
        // Otherwise, the rest of a long message would be read while the socket waits for the answer to the close.
        this.#socket.destroySoon();
      }
    };
    // Registered after the listener of `ws`, which has handed over the messages of the chunk by then.
    this.#socket.on('data', this.#countReceived);
  }

  liftFrameLimit(): void {
    if (this.#countReceived === undefined) return;
    this.#socket.off('data', this.#countReceived);
    this.#countReceived = undefined;
  }

  #listen(reading: ReadTerms): void {
    this.#output.ontaken = () => this.#taken();
    const close = () => {
      this.#isClosing = true;
      this.#output.flush();
    };
    this.#webSocket.onclosing = close;
    // Before the listener of `ws`, which ends the socket.
    this.#socket.prependListener('end', close);
    readMessages(this.#webSocket, this.#socket, reading, this);
    // `ws` closes the connection itself after an error; keep the error's message as the reason.
    this.#webSocket.on('error', (error) => {
      this.#end ??= { code: CloseCode.ABNORMAL, reason: error.message };
    });
    this.#webSocket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  #write(frame: Frame): void {
    if (this.#compressed) this.#compress(frame);
    else {
      const single = this.#binary ? binaryWebsocketFraming : websocketFraming;
      this.#output.send(frame, this.#batching?.framing ?? single);
      if (this.#isPaused) this.#output.watch();
    }
  }

  #compress(frame: Frame): void {
    const content = this.#batching?.pack(frame.content) ?? frame.content;
    this.#webSocket.send(content, { binary: this.#binary }, () => {
      if (this.#isPaused) this.#output.watch();
    });
  }

  /** Calls back after data was taken: the session that paused reading may continue, or wait for the rest. */
  #taken(): void {
    if (!this.#isPaused) return;
    this.ondrain();
    if (this.#isPaused && this.#output.bufferedAmount > 0) this.#output.watch();
  }

  #unpack(content: Content, batching: Batching): void {
    for (const message of batching.unpack(content)) {
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
      progress: () => progressOf(socket, this.#isPaused),
      ping: () => this.#webSocket.ping(),
      dead: () => this.terminate(CloseCode.ABNORMAL, 'no answer to a ping'),
    };
  }
}
