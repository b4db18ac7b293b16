import type { Socket } from 'node:net';

/** Number of bytes. */
const worthAWrite = 4096;

/** A socket that sends all writes of one callback together. */
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

  /** Corks the socket until the callback has ended. This also holds back writes made directly to the socket. */
  cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(this.#uncork);
  }

  /** Sends the writes of this callback so far, if they are worth a system call. */
  flush(): void {
    if (!this.#corked || this.#socket.writableLength < worthAWrite) return;
    this.#socket.uncork();
    this.#socket.cork();
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
