import type { Socket } from 'node:net';

const NOTHING = new Uint8Array(0);

/** A socket that sends all writes of one turn of the event loop, or of one callback, together. */
export class CorkedSocket {
  readonly #socket: Socket;
  readonly #uncork: () => void;
  readonly #later: (uncork: () => void) => unknown;
  #corked = false;
  #watching = false;
  /** Called when the socket has flushed everything that was written before the last {@link watch}. */
  ontaken: () => void = () => {};

  /** @param later schedules the flush: `setImmediate` flushes after the turn, `process.nextTick` after the callback */
  constructor(socket: Socket, later: (uncork: () => void) => unknown = setImmediate) {
    this.#socket = socket;
    this.#later = later;
    this.#uncork = () => {
      this.#corked = false;
      socket.uncork();
    };
  }

  /**
   * Calls {@link ontaken} once everything written so far is flushed. Unlike `drain`, this also works for small amounts.
   */
  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#socket.write(NOTHING, (error) => {
      this.#watching = false;
      if (!error) this.ontaken();
    });
  }

  /** Corks the socket until the scheduled flush. This also holds back writes made directly to the socket. */
  cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    this.#later(this.#uncork);
  }

  write(bytes: Uint8Array): void {
    this.cork();
    this.#socket.write(bytes);
  }
}

/** The address of the remote end of a socket, for log lines and errors. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix' : `${remoteAddress}:${remotePort ?? 0}`;
}

/** The host of a peer as {@link peerOf} returns it, without the port. A text without a port is returned unchanged. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}
