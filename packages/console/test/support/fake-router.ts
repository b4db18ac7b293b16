import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Message = unknown[];

/** Answers a message of the client; what it returns is sent. */
export type Answer = (message: Message) => Message | undefined;

/** The messages of a router to a correct subscriber; topics get ids 100, 101 … in the order they come. */
export function welcoming(): Answer {
  const topics: string[] = [];
  return ([type, first, , topic]) => {
    if (type === 1) return [2, 4711, { roles: { broker: {} } }];
    if (type === 6) return [6, {}, 'wamp.close.goodbye_and_out'];
    if (type === 34) return [35, first];
    if (type !== 32) return undefined;
    if (!topics.includes(String(topic))) topics.push(String(topic));
    return [33, first, 100 + topics.indexOf(String(topic))];
  };
}

/** A WAMP router as small as the tests of a subscriber need it: it records what it hears and says what it is told. */
export class FakeRouter implements AsyncDisposable {
  readonly heard: Message[] = [];
  readonly sockets = new Set<WebSocket>();
  readonly #server = createServer();
  readonly #waiting = new Set<() => void>();
  answer: Answer;

  private constructor(answer: Answer) {
    this.answer = answer;
    const sockets = new WebSocketServer({ server: this.#server, path: '/ws' });
    sockets.on('connection', (socket) => this.#accept(socket));
  }

  static async listen(answer: Answer = welcoming()): Promise<FakeRouter> {
    const router = new FakeRouter(answer);
    await new Promise<void>((resolve) => router.#server.listen(0, '127.0.0.1', resolve));
    return router;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws`;
  }

  /** Sends to every client; a string goes as it is. */
  send(message: Message | string): void {
    for (const socket of this.sockets) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  /** Resolves when the router has heard `count` messages of a type; the test's own time limit is the deadline. */
  async hears(type: number, count = 1): Promise<Message[]> {
    for (;;) {
      const found = this.heard.filter((message) => message[0] === type);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      this.heard.push(message);
      const answer = this.answer(message);
      if (answer) socket.send(JSON.stringify(answer));
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
  }
}
