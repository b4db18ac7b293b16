import { setTimeout as wait } from 'node:timers/promises';
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

  async #emptyWithin(timeout: number): Promise<void> {
    if (this.#peers.size === 0) return;
    const abort = new AbortController();
    const emptied = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    // An aborted wait rejects, which is how it is told that nobody needs it any more.
    await Promise.race([emptied, wait(timeout, undefined, { signal: abort.signal }).catch(() => undefined)]);
    abort.abort();
  }
}
