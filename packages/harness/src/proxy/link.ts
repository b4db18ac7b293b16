import { connect, type Socket } from 'node:net';

/** Where a proxy forwards to. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** How many bytes a proxy has forwarded. */
export interface ByteCounters {
  toTarget: number;
  toClient: number;
}

/** One client's connection through the proxy, and ours to the target behind it. */
export class Link {
  readonly #client: Socket;
  readonly #target: Socket | undefined;
  readonly #delay: () => number;
  #swallowing = false;
  #opening: Buffer | undefined;

  /**
   * @param target - where to connect to; nowhere if absent, then everything is swallowed from the start
   * @param delay - milliseconds that each piece takes now
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

  /** What the client has sent first, in one piece. */
  get opening(): Buffer | undefined {
    return this.#opening;
  }

  /** Whether the client is still connected. */
  get open(): boolean {
    return !this.#client.destroyed;
  }

  /** Returns when both sides are closed; a swallowed link outlives its client. */
  async closed(): Promise<void> {
    const sides = [this.#client, this.#target].filter((socket) => socket !== undefined);
    await Promise.all(sides.map((socket) => socket.destroyed || new Promise((done) => socket.once('close', done))));
  }

  /** From now on nothing passes any more, and neither side learns what the other one does. */
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
        // Paused, so that no piece overtakes another one, and the other side is held back.
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
    // What went wrong on one side is told to the other one by 'close', which always follows.
    from.on('error', () => undefined);
    from.on('close', () => this.#swallowing || to?.destroy());
  }
}
