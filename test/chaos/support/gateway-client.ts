import { setTimeout as delay } from 'node:timers/promises';
import type { Gateway } from '@pgwamp/gateway';

/** A client of a gateway that listens to a channel on which numbers are notified, and comes again whenever it is cut off. */
export class GatewayClient implements AsyncDisposable {
  /** The messages that arrived out of order. */
  readonly disorder: string[] = [];
  /** The messages that are missing without a gap. */
  readonly lost: string[] = [];
  received = 0;
  gaps = 0;
  #last = 0;
  /** Whether the next number may be any: the connection is new, or a gap was told. */
  #isAnywhere = true;
  #stopped = false;
  #socket: WebSocket | undefined;
  readonly #running: Promise<void>;

  constructor(gateway: Gateway, channel: string) {
    this.#running = this.#run(gateway, channel);
  }

  /** The number that came last. */
  get last(): number {
    return this.#last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#socket?.close();
    await this.#running;
  }

  async #run(gateway: Gateway, channel: string): Promise<void> {
    while (!this.#stopped) {
      const { server } = gateway.status();
      if (server && 'port' in server) await this.#listen(`ws://127.0.0.1:${server.port}/listen/${channel}`);
      await delay(100);
    }
  }

  async #listen(url: string): Promise<void> {
    const socket = new WebSocket(url, 'pgwamp.v1');
    this.#socket = socket;
    this.#isAnywhere = true;
    const closed = new Promise((resolve) => {
      socket.onclose = resolve;
    });
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)));
    await closed;
  }

  #receive({ type, payload }: { readonly type: string; readonly payload?: string }): void {
    if (type === 'gap') {
      this.gaps += 1;
      this.#isAnywhere = true;
    }
    if (type !== 'message') return;
    const number = Number(payload);
    this.received += 1;
    if (number <= this.#last) this.disorder.push(`${number} after ${this.#last}`);
    else if (number > this.#last + 1 && !this.#isAnywhere) this.lost.push(`those between ${this.#last} and ${number}`);
    this.#isAnywhere = false;
    this.#last = number;
  }
}
