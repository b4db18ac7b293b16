import { addressOf } from '@pgwamp/protocol/internal';
import { Peer, type PeerConnection, type PeerContext } from './peer.ts';

/** All connections of the router. */
export class PeerGroup {
  readonly #peers = new Set<Peer>();
  /** The network connections that have not joined a realm. */
  readonly #unjoined = new UnjoinedPeers();
  readonly #context: PeerContext;
  #onEmpty: (() => void) | undefined;

  constructor(context: PeerContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** Adds a connection of the application itself. */
  add(connection: PeerConnection): Peer {
    const onJoined = () => this.#unjoined.delete(peer);
    const peer = new Peer(connection, this.#context, onJoined, () => this.#remove(peer));
    this.#peers.add(peer);
    return peer;
  }

  /**
   * Adds a connection from the network. If too many have not joined, it closes one of those: normal clients join
   * quickly, and others must not block them.
   */
  accept(connection: PeerConnection): void {
    this.#unjoined.add(this.add(connection), addressOf(connection.transport.peer));
    if (this.#unjoined.size > this.#context.limits.maxUnjoined) this.#unjoined.takeOldest()?.makeRoom();
  }

  /** Sends GOODBYE to all, and cuts the connections that are still open after `timeout` milliseconds. */
  async shutDown(timeout: number): Promise<void> {
    for (const peer of this.#peers) peer.shutDown();
    await this.#emptyWithin(timeout);
    for (const peer of this.#peers) peer.terminate();
    await this.#emptyWithin(timeout);
  }

  #remove(peer: Peer): void {
    this.#peers.delete(peer);
    this.#unjoined.delete(peer);
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

/** Connections that have not joined a realm, by address. An address that opens many of them displaces only its own. */
class UnjoinedPeers {
  readonly #addresses = new Map<Peer, string>();
  /** The connections of each address, oldest first. */
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

  /** Removes and returns the oldest connection of the address with the most connections. */
  takeOldest(): Peer | undefined {
    let largest: ReadonlySet<Peer> = new Set();
    for (const own of this.#byAddress.values()) if (own.size > largest.size) largest = own;
    const [oldest] = largest;
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }
}
