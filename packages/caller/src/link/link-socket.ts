import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

/** Milliseconds that the last bytes may take to leave. */
const lingering = 1000;

/** Who is told what a socket does. */
export interface SocketListener {
  readonly onbytes: (bytes: Buffer) => void;
  /** It is not congested any more. */
  readonly ondrain: () => void;
  /** The other end sends no more, or something is broken; also more than once. */
  readonly onend: () => void;
  /** Called once, after everything else. */
  readonly onclose: () => void;
}

/** The socket of a connection, which may go on with TLS. */
export class LinkSocket {
  /** The other end, for people. */
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

  /** Whether the other end has to read before more should be written. */
  get congested(): boolean {
    return this.#congested;
  }

  write(bytes: Buffer): void {
    this.#congested = !this.#socket.write(bytes);
  }

  /** Reads no more, or again. While it does not read, it does not see the end of the connection. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Goes on with TLS over the same connection. */
  secure(secureContext: SecureContext | undefined): void {
    const raw = this.#socket;
    for (const event of ['data', 'drain', 'end']) raw.removeAllListeners(event);
    this.#socket = new TLSSocket(raw, { isServer: true, secureContext });
    this.#listen();
  }

  /** Closes, after what was written has left. */
  end(): void {
    const socket = this.#socket;
    socket.destroySoon();
    setTimeout(() => socket.destroy(), lingering).unref();
  }

  /** Closes at once. */
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
