import { Peer, type PeerConnection, type PeerContext } from './peer.ts';

/** All connections of the router. */
export class PeerGroup {
  readonly #peers = new Set<Peer>();
  readonly #context: PeerContext;
  #onEmpty: (() => void) | undefined;

  constructor(context: PeerContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#peers.size;
  }

  accept(connection: PeerConnection): void {
    const peer = new Peer(connection, this.#context, () => this.#remove(peer));
    this.#peers.add(peer);
  }

  /** Sends GOODBYE to all, and cuts the connections that are not closed after `timeout` milliseconds. */
  async shutDown(timeout: number): Promise<void> {
    for (const peer of this.#peers) peer.shutDown();
    await this.#emptyWithin(timeout);
    for (const peer of this.#peers) peer.terminate();
    await this.#emptyWithin(timeout);
  }

  #remove(peer: Peer): void {
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.#onEmpty?.();
  }

  #emptyWithin(timeout: number): Promise<void> {
    if (this.#peers.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
