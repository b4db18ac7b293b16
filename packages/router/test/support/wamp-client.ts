import { MessageType } from '@pgwamp/protocol';
import { WebSocket } from 'ws';
import type { FrameSocket, Router } from '../../src/index.ts';
import { within } from './deadline.ts';

/** The end of a connection. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

interface Wire {
  send(frame: string | Uint8Array): void;
  close(): void;
}

export type Elements = readonly unknown[];

const ROLE = { features: { payload_passthru_mode: true } };
const ROLES = { publisher: ROLE, subscriber: ROLE, caller: ROLE, callee: ROLE };

/** A WAMP client that shows every frame as it came: what it sends and receives is text. */
export class WampClient implements AsyncDisposable {
  readonly closed: Promise<Closed>;
  session = 0;
  welcome: Record<string, unknown> = {};
  readonly #wire: Wire;
  readonly #frames: string[] = [];
  readonly #waiting: ((frame: string) => void)[] = [];
  #request = 0;

  private constructor(wire: Wire, closed: Promise<Closed>) {
    this.#wire = wire;
    this.closed = closed;
  }

  /** @param localAddress the address to connect from, such as `127.0.0.2` */
  static async connect(url: string, subprotocols = ['wamp.2.json'], localAddress?: string): Promise<WampClient> {
    const webSocket = new WebSocket(url, subprotocols, { perMessageDeflate: false, localAddress });
    const closed = new Promise<Closed>((resolve) => {
      webSocket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    const client = new WampClient({ send: (frame) => webSocket.send(frame), close: () => webSocket.close() }, closed);
    webSocket.on('message', (data) => client.#arrived(data.toString()));
    await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
    webSocket.on('error', () => webSocket.terminate());
    return client;
  }

  static over(socket: FrameSocket): WampClient {
    const closed = new Promise<Closed>((resolve) => {
      socket.onclose = (code, reason) => resolve({ code, reason });
    });
    const client = new WampClient(
      { send: (frame) => socket.send(frame as string), close: () => socket.close() },
      closed,
    );
    socket.onframe = (frame) => client.#arrived(frame);
    return client;
  }

  /** A client in memory that has joined. */
  static async attach(router: Router, identity: { authid?: string; authrole?: string } = {}): Promise<WampClient> {
    const client = WampClient.over(router.attach(identity));
    await client.join();
    return client;
  }

  /** A client over WebSocket that has joined. */
  static async open(url: string): Promise<WampClient> {
    const client = await WampClient.connect(url);
    await client.join();
    return client;
  }

  async join(realm = 'realm1', details: object = { roles: ROLES }): Promise<void> {
    this.send([MessageType.HELLO, realm, details]);
    const [type, session, welcome] = await this.next();
    if (type !== 2) throw new Error(`expected WELCOME, received ${type} ${JSON.stringify(session)}`);
    this.session = session as number;
    this.welcome = welcome as Record<string, unknown>;
  }

  send(message: Elements): void {
    this.#wire.send(JSON.stringify(message));
  }

  sendText(frame: string | Uint8Array): void {
    this.#wire.send(frame);
  }

  /** The id for the next request: 1, 2, 3, … */
  nextRequest(): number {
    this.#request++;
    return this.#request;
  }

  nextText(): Promise<string> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return within(new Promise<string>((resolve) => this.#waiting.push(resolve)), 'a frame from the router');
  }

  async next(): Promise<Elements> {
    return JSON.parse(await this.nextText());
  }

  /** Sends a request `[type, id, ...rest]` and gives the next message. */
  async request(type: number, ...rest: unknown[]): Promise<Elements> {
    this.send([type, this.nextRequest(), ...rest]);
    return this.next();
  }

  async subscribe(topic: string, options: object = {}): Promise<number> {
    const [, , subscription] = await this.request(32, options, topic);
    return subscription as number;
  }

  async register(procedure: string, options: object = {}): Promise<number> {
    const [, , registration] = await this.request(64, options, procedure);
    return registration as number;
  }

  /** Publishes with an acknowledgement: everything the publication led to has been sent when this resolves. */
  publish(topic: string, options: object = {}, ...payload: unknown[]): Promise<Elements> {
    return this.request(16, { acknowledge: true, ...options }, topic, ...payload);
  }

  /** Frames that have arrived and were not asked for yet, after a round trip that lets earlier ones overtake. */
  async pending(): Promise<string[]> {
    const id = this.nextRequest();
    // No subscription has this id, so that the answer is an ERROR.
    this.send([MessageType.UNSUBSCRIBE, id, 2 ** 53]);
    const frames: string[] = [];
    for (;;) {
      const frame = await this.nextText();
      if (frame.startsWith(`[8,34,${id},`)) return frames;
      frames.push(frame);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wire.close();
    await within(this.closed, 'the connection closes');
  }

  #arrived(frame: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#frames.push(frame);
    else waiting(frame);
  }
}
