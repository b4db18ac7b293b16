import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';

/** Interval in milliseconds between two checks of all connections. */
const interval = 1000;
/** Pause in milliseconds between two groups of connections that are closed. */
const pause = 50;
/** Minimum number of connections that are closed together. */
const smallestGroup = 20;

/** All connected clients. One timer checks them all, since a timer for each would cost memory. */
export class Connections {
  readonly #connections = new Set<Connection>();
  readonly #timer = setInterval(() => this.#tick(), interval).unref();
  #emptied: (() => void) | undefined;

  get size(): number {
    return this.#connections.size;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#connections.values();
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#emptied?.();
  }

  /**
   * Closes all connections and waits for their end. It closes them in groups, spread over time, so that they do not all
   * reconnect to another gateway at the same moment.
   *
   * @param closeGroup closes a group.
   */
  async close(milliseconds: number, closeGroup: (group: readonly Connection[]) => Promise<void>): Promise<void> {
    const { promise: emptied, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    if (this.#connections.size === 0) resolve();
    const all = [...this.#connections];
    const groupSize = Math.max(smallestGroup, Math.ceil((all.length * pause) / milliseconds));
    for (let first = 0; first < all.length; first += groupSize) {
      if (first > 0) await sleep(pause);
      await closeGroup(all.slice(first, first + groupSize));
    }
    await emptied;
    clearInterval(this.#timer);
  }

  /** Destroys all connections. */
  destroy(): void {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.destroy();
  }

  #tick(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.tick(now);
  }
}
