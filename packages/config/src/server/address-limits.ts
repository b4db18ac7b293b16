import type { Server, Socket } from 'node:net';

/**
 * Counts the connections of a server, all of them and by address, so that one address cannot take the room of all others.
 *
 * @example
 * ```ts
 * const server = createServer();
 * const limits = new AddressLimits(10_000, 100);
 * limits.guard(server);
 * console.log(limits.total); // open connections
 *
 * if (!limits.take(socket)) socket.destroy(); // where a server does not fit, connection by connection
 * ```
 */
export class AddressLimits {
  readonly #limit: number;
  readonly #limitOfAddress: number;
  /** A socket that is closed no longer knows its address. */
  readonly #addresses = new Map<Socket, string>();
  readonly #counts = new Map<string, number>();
  // One for all sockets: there may be very many, and a function of its own for each would take more than what is kept of it.
  readonly #closed: (this: Socket) => void;

  constructor(limit: number, limitOfAddress = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#limitOfAddress = limitOfAddress;
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
    if (this.total >= this.#limit || ofAddress >= this.#limitOfAddress) return false;
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
