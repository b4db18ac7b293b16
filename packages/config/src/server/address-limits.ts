import type { Server, Socket } from 'node:net';

/** Counts the connections of a server, all of them and by address, so that one address cannot take the room of all others. */
export class AddressLimits {
  readonly #most: number;
  readonly #mostOfAddress: number;
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(most: number, mostOfAddress = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#mostOfAddress = mostOfAddress;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts a connection until it closes; false if there is no room for it. */
  take(socket: Socket): boolean {
    const { remoteAddress: address = '' } = socket;
    const ofAddress = this.#counts.get(address) ?? 0;
    if (this.#total >= this.#most || ofAddress >= this.#mostOfAddress) return false;
    this.#total += 1;
    this.#counts.set(address, ofAddress + 1);
    socket.once('close', () => this.#release(address));
    return true;
  }

  /** Closes the connections of a server for which there is no room, before anything is read of them. */
  guard(server: Server): void {
    server.prependListener('connection', (socket: Socket) => {
      if (!this.take(socket)) socket.destroy();
    });
  }

  #release(address: string): void {
    this.#total -= 1;
    const left = (this.#counts.get(address) ?? 1) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }
}
