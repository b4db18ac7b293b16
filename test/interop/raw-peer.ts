import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Inbox } from './inbox.ts';

export type Message = readonly [type: number, ...rest: unknown[]];

const features = {
  call_canceling: true,
  progressive_call_results: true,
  caller_identification: true,
  pattern_based_subscription: true,
  pattern_based_registration: true,
  publisher_identification: true,
};
const roles = Object.fromEntries(['publisher', 'subscriber', 'caller', 'callee'].map((role) => [role, { features }]));

/** Speaks WAMP in JSON without a library: for the other end of a scenario, and for what no library would send. */
export class RawPeer implements AsyncDisposable {
  readonly session: number;
  readonly messages: Inbox<Message>;
  readonly #socket: WebSocket;
  readonly #closed: Promise<unknown>;
  #request = 0;

  private constructor(socket: WebSocket, closed: Promise<unknown>, messages: Inbox<Message>, session: number) {
    this.#socket = socket;
    this.#closed = closed;
    this.messages = messages;
    this.session = session;
  }

  static async join(url: string): Promise<RawPeer> {
    const socket = new WebSocket(url, 'wamp.2.json', { perMessageDeflate: false });
    const closed = once(socket, 'close');
    const messages = new Inbox<Message>();
    socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
    socket.on('close', (code) => messages.push([0, code]));
    await once(socket, 'open');
    socket.send(JSON.stringify([1, 'realm1', { roles }]));
    const [, session] = await messages.next('WELCOME');
    return new RawPeer(socket, closed, messages, session as number);
  }

  send(message: Message): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends `[type, request, ...rest]` and gives the next message; `[0, code]` stands for the end of the connection. */
  async request(type: number, ...rest: unknown[]): Promise<Message> {
    this.send([type, ++this.#request, ...rest]);
    return this.messages.next(`the answer to message ${type}`);
  }

  /** The last request's id. */
  get last(): number {
    return this.#request;
  }

  /** Cuts the connection, as a process does that is killed. */
  async vanish(): Promise<void> {
    this.#socket.terminate();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
  }
}
