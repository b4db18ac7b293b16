import type { Duplex } from 'node:stream';
import { waitFor } from '@pgwamp/harness';
import type { WebSocket } from 'ws';

type Message = readonly unknown[];

/** The router's end of one client's connection. */
export class ScriptedPeer {
  readonly webSocket: WebSocket;
  readonly socket: Duplex;
  /** Everything received so far, as text. */
  readonly frames: string[] = [];
  /** The end of the connection. */
  closed: { code: number; reason: string } | undefined;
  #next = 0;

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.webSocket = webSocket;
    this.socket = socket;
    webSocket.on('message', (data) => this.frames.push(data.toString()));
    webSocket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    // A connection that a test breaks ends in 'close' as well.
    webSocket.on('error', () => undefined);
  }

  send(message: Message | string): void {
    this.webSocket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next message as text; each is handed out once. */
  async nextText(): Promise<string> {
    const index = this.#next;
    this.#next += 1;
    const frame = await waitFor(() => this.frames[index], { what: `message ${index} of the client` });
    return frame;
  }

  async next(): Promise<unknown[]> {
    return JSON.parse(await this.nextText());
  }

  /** Takes HELLO and answers WELCOME; the details of HELLO. */
  async welcome(session = 1): Promise<Record<string, unknown>> {
    const hello = await this.next();
    this.send([2, session, { roles: { broker: {}, dealer: { features: { call_canceling: true } } } }]);
    return hello[2] as Record<string, unknown>;
  }

  /** Whether the client has kept the connection, once it has taken in everything that was sent. */
  async isOpen(): Promise<boolean> {
    let answered = false;
    this.webSocket.once('pong', () => {
      answered = true;
    });
    this.webSocket.ping();
    await waitFor(() => answered || this.closed !== undefined, { what: 'a pong' });
    return this.closed === undefined;
  }
}
