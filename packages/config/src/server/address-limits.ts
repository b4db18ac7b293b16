import type { Server, Socket } from 'node:net';

/**
 * Limits the connections of a server, in total and by address. One address cannot take all connections.
 *
 * @example
 * ```ts
 * const server = createServer();
 * const limits = new AddressLimits(10_000, 100);
 * limits.guard(server);
 * console.log(limits.total); // open connections
 *
 * if (!limits.take(socket)) socket.destroy(); // without guard(), for single connections
 * ```
 */
export class AddressLimits {
  readonly #limit: number;
  readonly #limitOfAddress: number;
  /** The address of each open socket. A closed socket no longer has its address. */
  readonly #addresses = new Map<Socket, string>();
  readonly #counts = new Map<string, number>();
  // One function for all sockets: with very many sockets, separate functions would take more memory than these maps.
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

  /** Counts a connection until it closes. Returns false if a limit is reached. */
  take(socket: Socket): boolean {
    const { remoteAddress: address = '' } = socket;
    const ofAddress = this.#counts.get(address) ?? 0;
    if (this.total >= this.#limit || ofAddress >= this.#limitOfAddress) return false;
    this.#addresses.set(socket, address);
    this.#counts.set(address, ofAddress + 1);
    socket.on('close', this.#closed);
    return true;
  }

  /** Closes new connections of a server that exceed a limit, before anything is read from them. */
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
