import type { Socket } from 'node:net';
import { closeReason } from '@pgwamp/config';
import type { RawData, WebSocket } from 'ws';
import type { Encoding } from '../channels/channel.ts';
import type { Client } from '../context.ts';
import { Connection, type ConnectionTerms } from './connection.ts';
import { jsonFrames, plainFrames } from './encodings.ts';
import { textFrames } from './websocket-frame.ts';
import { type ControlMessage, closeCode } from './wire-protocol.ts';

/** Handles the text frames of a client. */
export type OnText = (connection: WebSocketConnection, text: string) => Promise<void>;

/** An open WebSocket and its client. */
export interface OpenedWebSocket {
  readonly socket: Socket;
  readonly client: Client;
  /** Whether it was opened without the subprotocol. */
  readonly isPlain: boolean;
  readonly onText: OnText;
}

/** Shared, since most clients never send anything. */
const settled = Promise.resolve();

/**
 * A WebSocket. `ws` handles the handshake, reading, and control frames. Data frames are written to the socket directly,
 * since they are encoded once for all clients of a channel.
 */
export class WebSocketConnection extends Connection {
  readonly encoding: Encoding;
  readonly #webSocket: WebSocket;
  /** Frames that wait behind the one being handled. */
  #unhandled = 0;
  #handling: Promise<void> = settled;

  constructor(webSocket: WebSocket, { socket, client, isPlain, onText }: OpenedWebSocket, terms: ConnectionTerms) {
    super(client, socket, terms);
    this.#webSocket = webSocket;
    this.encoding = isPlain ? plainFrames : jsonFrames;
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary, onText));
    webSocket.on('ping', (data) => {
      if (this.countFrame() && !this.isClosing) webSocket.pong(data);
    });
    webSocket.on('pong', () => this.countFrame());
    // `ws` closes the connection itself after a protocol error.
    webSocket.on('error', () => this.closing());
    webSocket.on('close', () => this.hasGone());
  }

  /** Whether it was opened without the subprotocol. */
  get isPlain(): boolean {
    return this.encoding === plainFrames;
  }

  get resumes(): boolean {
    return !this.isPlain;
  }

  /** Sends text unchanged, to a client without the subprotocol. */
  sendText(text: string): void {
    if (!this.isClosing) this.write(textFrames([text]));
  }

  protected encodeControl(message: ControlMessage): Buffer | undefined {
    return this.isPlain ? undefined : textFrames([JSON.stringify(message)]);
  }

  protected ping(): void {
    this.#webSocket.ping();
  }

  protected write(bytes: Buffer): void {
    // An empty write would still cause a system call.
    if (bytes.length > 0 && this.#webSocket.readyState === this.#webSocket.OPEN) this.socket.write(bytes);
  }

  protected end(code: number, reason: string): void {
    this.#webSocket.close(code, closeReason(reason));
  }

  #receive(data: RawData, isBinary: boolean, onText: OnText): void {
    if (!this.countFrame() || this.isClosing) return;
    if (isBinary) this.close(closeCode.unsupportedData, 'text frames only');
    else this.#take((data as Buffer).toString(), onText);
  }

  /** Frames are handled one after the other, and reading is paused meanwhile. */
  #take(text: string, onText: OnText): void {
    this.#webSocket.pause();
    this.#unhandled += 1;
    this.#handling = this.#handling
      .then(() => onText(this, text))
      .then(() => {
        this.#unhandled -= 1;
        if (this.#unhandled === 0) this.#webSocket.resume();
      });
  }
}
