import type { Socket } from 'node:net';

const NOTHING = new Uint8Array(0);

/** A socket whose writes of one turn of the event loop, or of one callback, go out together. */
export class CorkedSocket {
  readonly #socket: Socket;
  readonly #uncork: () => void;
  readonly #later: (uncork: () => void) => unknown;
  #corked = false;
  #watching = false;
  /** All that was written before the last {@link watch} has been taken. */
  ontaken: () => void = () => {};

  /** @param later when to send what was written: after the turn, or with `process.nextTick` after the callback */
  constructor(socket: Socket, later: (uncork: () => void) => unknown = setImmediate) {
    this.#socket = socket;
    this.#later = later;
    this.#uncork = () => {
      this.#corked = false;
      socket.uncork();
    };
  }

  /** Has {@link ontaken} called when all that is written has been taken: unlike `drain`, however little it is. */
  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#socket.write(NOTHING, (error) => {
      this.#watching = false;
      if (!error) this.ontaken();
    });
  }

  /** Holds back what is written to the socket from here on, by whomever, until later. */
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

/** The other end of a socket, for people. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix' : `${remoteAddress}:${remotePort ?? 0}`;
}

/** The address alone of what {@link peerOf} gives; what is no address stays as it is. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}
