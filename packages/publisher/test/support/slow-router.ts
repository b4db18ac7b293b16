import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A router that takes publications and answers none until it is told to; then it answers all. */
export interface SlowRouter extends AsyncDisposable {
  readonly url: string;
  /** Publications that were taken and not answered. */
  readonly waiting: number;
  readonly answered: number;
  /** Whether nothing more has come for a second. */
  isStill(): boolean;
  /** Answers all pending publications, and further ones immediately. */
  answer(): void;
}

const code = { HELLO: 1, WELCOME: 2, GOODBYE: 6, PUBLISH: 16, PUBLISHED: 17 } as const;
const stillness = 1000;

class Taker implements SlowRouter {
  readonly url: string;
  answered = 0;
  readonly #server: WebSocketServer;
  readonly #waiting: (() => void)[] = [];
  #answering = false;
  #latest = performance.now();

  constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
    server.on('connection', (socket) => socket.on('message', (data) => this.#take(socket, data.toString())));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  isStill(): boolean {
    return performance.now() - this.#latest > stillness;
  }

  answer(): void {
    this.#answering = true;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(socket: WebSocket, frame: string): void {
    const [type, request] = JSON.parse(frame) as unknown[];
    const send = (...message: unknown[]) => socket.send(JSON.stringify(message));
    if (type === code.HELLO) send(code.WELCOME, 1, { roles: { broker: {} } });
    if (type === code.GOODBYE) send(code.GOODBYE, {}, 'wamp.close.goodbye_and_out');
    if (type !== code.PUBLISH) return;
    this.#latest = performance.now();
    this.#waiting.push(() => {
      this.answered += 1;
      send(code.PUBLISHED, request, this.answered);
    });
    if (this.#answering) this.answer();
  }
}

/** Starts such a router on a free port. */
export async function startSlowRouter(): Promise<SlowRouter> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    handleProtocols: () => 'wamp.2.json',
  });
  await once(server, 'listening');
  return new Taker(server);
}
