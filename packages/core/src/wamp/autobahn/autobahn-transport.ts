import { type HeadElement, MessageType } from '@pgwamp/protocol';
import type { Requests } from '../requests.ts';
import type { RouterConnection } from '../router-connection.ts';
import type { Transport } from './library.ts';
import { withGoodbyeUri } from './misnamed-goodbye.ts';
import { withCallCanceling } from './unannounced-canceling.ts';

/** The requests that AutobahnJS makes, and the positions of their ids in the answers. */
const requestTypes: ReadonlySet<unknown> = new Set([
  MessageType.SUBSCRIBE,
  MessageType.UNSUBSCRIBE,
  MessageType.REGISTER,
  MessageType.UNREGISTER,
]);
const answerTypes: ReadonlySet<unknown> = new Set([
  MessageType.SUBSCRIBED,
  MessageType.UNSUBSCRIBED,
  MessageType.REGISTERED,
  MessageType.UNREGISTERED,
]);

/**
 * The transport of an AutobahnJS session, which joins and leaves the realm, subscribes and registers. AutobahnJS numbers
 * its requests by itself; on the wire they have the ids of the session's one sequence.
 */
export class AutobahnTransport implements Transport {
  readonly info = {};
  /** The AutobahnJS session listens here. */
  onmessage: (message: unknown[]) => void = () => undefined;
  readonly #connection: RouterConnection;
  readonly #requests: Requests;
  /** AutobahnJS's numbers of its requests, by their ids. */
  readonly #numbers = new Map<number, unknown>();

  constructor(connection: RouterConnection, requests: Requests) {
    this.#connection = connection;
    this.#requests = requests;
  }

  /** @throws as `RouterConnection.send`. */
  send(message: unknown[]): void {
    const [type] = message;
    if (requestTypes.has(type)) {
      this.#numbers.set(this.#requests.forward(message as HeadElement[]), message[1]);
    } else if (type === MessageType.HELLO) this.#connection.send(withCallCanceling(message) as HeadElement[]);
    else if (type === MessageType.GOODBYE) this.#connection.send(withGoodbyeUri(message) as HeadElement[]);
    else this.#connection.send(message as HeadElement[]);
  }

  /** AutobahnJS closes a connection over a message that it does not understand. */
  close(code?: number, reason = ''): void {
    this.#connection.lose(`AutobahnJS closed the connection: ${reason}`);
    this.#connection.close(code, reason);
  }

  /** Hands a message of the router to AutobahnJS. */
  take(message: unknown[]): void {
    const [type, first] = message;
    if (answerTypes.has(type) && first !== 0) this.onmessage(message.with(1, this.#numberOf(first)));
    else if (type === MessageType.ERROR && requestTypes.has(first)) {
      this.onmessage(message.with(2, this.#numberOf(message[2])));
    } else this.onmessage(message);
  }

  #numberOf(id: unknown): unknown {
    const number = this.#numbers.get(id as number);
    this.#numbers.delete(id as number);
    return number;
  }
}
