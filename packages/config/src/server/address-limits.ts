import type { Server, Socket } from 'node:net';

/** Counts the connections of a server, all of them and by address, so that one address cannot take the room of all others. */
export class AddressLimits {
  readonly #most: number;
  readonly #mostOfAddress: number;
  /** A socket that is closed no longer knows its address. */
  readonly #addresses = new Map<Socket, string>();
  readonly #counts = new Map<string, number>();
  // One for all sockets: there may be very many, and a function of its own for each would take more than what is kept of it.
  readonly #closed: (this: Socket) => void;

  constructor(most: number, mostOfAddress = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#mostOfAddress = mostOfAddress;
    const release = (socket: Socket) => this.#release(socket);
    this.#closed = function closed() {
      release(this);
    };
  }

  get total(): number {
    return this.#addresses.size;
  }

  /** Counts a connection until it closes; false if there is no room for it. */
  take(socket: Socket): boolean {
    const { remoteAddress: address = '' } = socket;
    const ofAddress = this.#counts.get(address) ?? 0;
    if (this.total >= this.#most || ofAddress >= this.#mostOfAddress) return false;
    this.#addresses.set(socket, address);
    this.#counts.set(address, ofAddress + 1);
    socket.on('close', this.#closed);
    return true;
  }

  /** Closes the connections of a server for which there is no room, before anything is read of them. */
  guard(server: Server): void {
    server.prependListener('connection', (socket: Socket) => {
      if (!this.take(socket)) socket.destroy();
    });
  }

  #release(socket: Socket): void {
    const address = this.#addresses.get(socket) ?? '';
    if (!this.#addresses.delete(socket)) return;
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }
}
