import { connect, type Socket } from 'node:net';

/** The target of a proxy. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** The number of bytes that a proxy has forwarded. */
export interface ByteCounters {
  toTarget: number;
  toClient: number;
}

/** A client's connection through the proxy, and the connection to the target. */
export class Link {
  readonly #client: Socket;
  readonly #target: Socket | undefined;
  readonly #delay: () => number;
  #swallowing = false;
  #opening: Buffer | undefined;

  /**
   * @param target - the target; if absent, everything is swallowed from the start
   * @param delay - the present delay of each chunk in milliseconds
   */
  constructor(client: Socket, target: ProxyTarget | undefined, bytes: ByteCounters, delay: () => number) {
    this.#client = client;
    this.#delay = delay;
    this.#target = target && connect({ ...target, noDelay: true, allowHalfOpen: true });
    this.#swallowing = target === undefined;
    client.once('data', (chunk) => {
      this.#opening = chunk;
    });
    this.#join(client, this.#target, (count) => {
      bytes.toTarget += count;
    });
    if (this.#target) {
      this.#join(this.#target, client, (count) => {
        bytes.toClient += count;
      });
    }
  }

  /** The first chunk that the client has sent. */
  get opening(): Buffer | undefined {
    return this.#opening;
  }

  /** Whether the client is still connected. */
  get open(): boolean {
    return !this.#client.destroyed;
  }

  /** Resolves when both sides are closed; a swallowed link outlives its client. */
  async closed(): Promise<void> {
    const sides = [this.#client, this.#target].filter((socket) => socket !== undefined);
    await Promise.all(sides.map((socket) => socket.destroyed || new Promise((done) => socket.once('close', done))));
  }

  /** From now on, nothing passes, and neither side learns about the other. */
  swallow(): void {
    this.#swallowing = true;
    this.#client.resume();
    this.#target?.resume();
  }

  destroy(): void {
    this.#client.destroy();
    this.#target?.destroy();
  }

  #join(from: Socket, to: Socket | undefined, count: (bytes: number) => void): void {
    from.on('data', (chunk) => {
      if (this.#swallowing || !to) return;
      count(chunk.length);
      const delay = this.#delay();
      if (delay > 0) {
        // Paused, so that no chunk overtakes another one, and backpressure reaches the other side.
        from.pause();
        setTimeout(() => {
          to.write(chunk);
          from.resume();
        }, delay);
        return;
      }
      if (to.write(chunk)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.on('end', () => this.#swallowing || to?.end());
    // The event 'close', which always follows, passes an error on to the other side.
    from.on('error', () => undefined);
    from.on('close', () => this.#swallowing || to?.destroy());
  }
}
