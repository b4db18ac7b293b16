import type { Socket } from 'node:net';

const NOTHING = new Uint8Array(0);

/** Writes to a socket all that comes in one turn of the event loop at once. */
export class CorkedSocket {
  readonly #socket: Socket;
  readonly #uncork: () => void;
  #corked = false;
  #watching = false;
  /** All that was written before the last {@link watch} has been taken. */
  ontaken: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
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

  write(bytes: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(this.#uncork);
    }
    this.#socket.write(bytes);
  }
}

/** The other end of a socket, for people. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix' : `${remoteAddress}:${remotePort ?? 0}`;
}
