import type { Socket } from 'node:net';

/** Writes to a socket all that comes in one turn of the event loop at once. */
export class CorkedSocket {
  readonly #socket: Socket;
  readonly #uncork: () => void;
  #corked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#uncork = () => {
      this.#corked = false;
      socket.uncork();
    };
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
