import type { Content, HeadElement } from '@pgwamp/protocol';
import { cbor, json, MessageType, msgpack, ValuesPayload } from '@pgwamp/protocol';
import { parseValues } from '@pgwamp/protocol/internal';
import { within } from './deadline.ts';

/** A connection that carries whole frames, whatever is in them. */
export interface FrameWire {
  send(content: Content): void;
  close(): void;
  onframe: (content: Content) => void;
  readonly closed: Promise<unknown>;
}

const SERIALIZERS = { json, msgpack, cbor } as const;

export type Elements = readonly unknown[];

/** A WAMP client whose messages are values, in any serializer over any transport. */
export class ValueClient implements AsyncDisposable {
  session = 0;
  readonly closed: Promise<unknown>;
  readonly #wire: FrameWire;
  readonly #name: keyof typeof SERIALIZERS;
  readonly #messages: Elements[] = [];
  readonly #waiting: ((message: Elements) => void)[] = [];
  #request = 0;

  constructor(wire: FrameWire, name: keyof typeof SERIALIZERS) {
    this.#wire = wire;
    this.#name = name;
    this.closed = wire.closed;
    wire.onframe = (content) => this.#arrived(this.#decode(content));
  }

  static async join(wire: FrameWire, name: keyof typeof SERIALIZERS, realm = 'realm1'): Promise<ValueClient> {
    const client = new ValueClient(wire, name);
    client.send([MessageType.HELLO, realm, { roles: { publisher: {}, subscriber: {}, caller: {}, callee: {} } }]);
    const [type, session] = await client.next();
    if (type !== 2) throw new Error(`expected WELCOME, received ${type}`);
    client.session = session as number;
    return client;
  }

  send(message: Elements): void {
    this.#wire.send(SERIALIZERS[this.#name].encode(message as HeadElement[], new ValuesPayload([])));
  }

  /** Sends a request `[type, id, ...rest]` and gives the next message. */
  request(type: number, ...rest: unknown[]): Promise<Elements> {
    this.#request++;
    this.send([type, this.#request, ...rest]);
    return this.next();
  }

  next(): Promise<Elements> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    return within(new Promise<Elements>((resolve) => this.#waiting.push(resolve)), 'a message from the router');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wire.close();
    await within(this.closed, 'the connection closes');
  }

  #decode(content: Content): Elements {
    if (typeof content === 'string') return parseValues(content) as Elements;
    const serializer = this.#name === 'cbor' ? cbor : msgpack;
    return serializer.payload(content, 0).values();
  }

  #arrived(message: Elements): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }
}
