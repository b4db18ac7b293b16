import type { Peer } from './peer.ts';

/** Connections that have not joined a realm, by address. An address that opens many of them pushes out its own alone. */
export class UnjoinedPeers {
  readonly #addresses = new Map<Peer, string>();
  /** Those of each address, the oldest first. */
  readonly #byAddress = new Map<string, Set<Peer>>();

  get size(): number {
    return this.#addresses.size;
  }

  add(peer: Peer, address: string): void {
    this.#addresses.set(peer, address);
    const own = this.#byAddress.get(address);
    if (own === undefined) this.#byAddress.set(address, new Set([peer]));
    else own.add(peer);
  }

  delete(peer: Peer): void {
    const address = this.#addresses.get(peer);
    if (address === undefined) return;
    this.#addresses.delete(peer);
    const own = this.#byAddress.get(address);
    own?.delete(peer);
    if (own?.size === 0) this.#byAddress.delete(address);
  }

  /** Takes out the oldest connection of the address that has most. */
  takeOldest(): Peer | undefined {
    let most: ReadonlySet<Peer> = new Set();
    for (const own of this.#byAddress.values()) if (own.size > most.size) most = own;
    const [oldest] = most;
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }
}
