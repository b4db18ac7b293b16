import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

/** Milliseconds for sending the remaining data. */
const lingering = 1000;

/** Callbacks of a socket. */
export interface SocketListener {
  readonly onbytes: (bytes: Buffer) => void;
  /** The socket is no longer congested. */
  readonly ondrain: () => void;
  /** The remote end sends no more data, or the socket failed. May be called more than once. */
  readonly onend: () => void;
  /** Called once, after all other callbacks. */
  readonly onclose: () => void;
}

/** The socket of a connection, which may be upgraded to TLS. */
export class LinkSocket {
  /** The address of the remote end, for messages. */
  readonly peer: string;
  #socket: Socket;
  readonly #listener: SocketListener;
  #congested = false;
  #held = false;

  constructor(socket: Socket, listener: SocketListener) {
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#socket = socket;
    this.#listener = listener;
    this.#listen();
    socket.once('close', () => listener.onclose());
  }

  /** Whether writing should wait until the remote end has read data. */
  get congested(): boolean {
    return this.#congested;
  }

  write(bytes: Buffer): void {
    this.#congested = !this.#socket.write(bytes);
  }

  /** Pauses or resumes reading. While paused, the end of the connection is not noticed. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Upgrades the connection to TLS. */
  secure(secureContext: SecureContext | undefined): void {
    const raw = this.#socket;
    for (const event of ['data', 'drain', 'end']) raw.removeAllListeners(event);
    this.#socket = new TLSSocket(raw, { isServer: true, secureContext });
    this.#listen();
  }

  /** Closes the socket after all written data was sent. */
  end(): void {
    const socket = this.#socket;
    socket.destroySoon();
    setTimeout(() => socket.destroy(), lingering).unref();
  }

  /** Closes the socket immediately. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const { onbytes, ondrain, onend } = this.#listener;
    this.#socket.on('data', onbytes);
    this.#socket.on('drain', () => {
      this.#congested = false;
      ondrain();
    });
    this.#socket.on('end', onend);
    this.#socket.on('error', onend);
  }
}
