import type { Peer } from './peer.ts';

/** All connections of the router. */
export class PeerGroup {
  readonly #peers = new Set<Peer>();
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#peers.size;
  }

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.#onEmpty?.();
  }

  /** Says GOODBYE to all, and cuts off whoever has not left after `timeout` milliseconds. */
  async shutDown(timeout: number): Promise<void> {
    for (const peer of this.#peers) peer.shutDown();
    await this.#emptyWithin(timeout);
    for (const peer of this.#peers) peer.terminate();
    await this.#emptyWithin(timeout);
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
