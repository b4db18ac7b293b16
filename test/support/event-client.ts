import { withDeadline } from '@pgwamp/harness';
import type { FrameSocket, Router } from '@pgwamp/router';

/** An event as it came over the wire. */
export interface ReceivedEvent {
  readonly topic: string;
  /** The text of the frame after the details: `` or `,[args]` or `,[args],{kwargs}`. */
  readonly payload: string;
}

/** A WAMP client that shows events as the text that they came as, so that nothing is lost in parsing. */
export class EventClient implements AsyncDisposable {
  readonly #socket: FrameSocket;
  readonly #topics = new Map<string, string>();
  readonly #frames: string[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #arrived = Promise.withResolvers<void>();
  #requests = 0;
  /** The session id. */
  id = 0;

  private constructor(socket: FrameSocket) {
    this.#socket = socket;
    socket.onclose = () => this.#closed.resolve();
    socket.onframe = (frame) => {
      this.#frames.push(frame);
      this.#arrived.resolve();
    };
  }

  /** Joins a realm of a router in this process, and subscribes to topics. */
  static async join(router: Router, topics: readonly string[] = [], realm = 'realm1'): Promise<EventClient> {
    const client = new EventClient(router.attach());
    client.#socket.send(JSON.stringify([1, realm, { roles: { subscriber: {} } }]));
    const [, id] = JSON.parse(await client.#nextFrame()) as [number, number];
    client.id = id;
    for (const topic of topics) await client.subscribe(topic);
    return client;
  }

  /** Resolves when the router has the subscription. */
  async subscribe(topic: string): Promise<void> {
    this.#requests += 1;
    this.#socket.send(JSON.stringify([32, this.#requests, {}, topic]));
    const answer = JSON.parse(await this.#nextFrame()) as [number, number, number];
    if (answer[0] !== 33) throw new Error(`not subscribed to ${topic}: ${JSON.stringify(answer)}`);
    this.#topics.set(String(answer[2]), topic);
  }

  /** The next event; fails when none comes within ten seconds. */
  async next(): Promise<ReceivedEvent> {
    const frame = await this.#nextFrame();
    const [, subscription = '', payload] = /^\[36,(\d+),\d+,\{[^}]*\}(.*)\]$/s.exec(frame) ?? [];
    if (payload === undefined) throw new Error(`not an EVENT: ${frame}`);
    return { topic: this.#topics.get(subscription) ?? subscription, payload };
  }

  /** The payloads of the next `count` events. */
  async payloads(count: number): Promise<string[]> {
    const payloads: string[] = [];
    while (payloads.length < count) payloads.push((await this.next()).payload);
    return payloads;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await withDeadline(this.#closed.promise, 5000, 'the connection to close');
  }

  async #nextFrame(): Promise<string> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      this.#arrived = Promise.withResolvers();
      await withDeadline(this.#arrived.promise, 10_000, 'a frame from the router');
    }
  }
}
