import { type HeadElement, MessageType } from '@pgwamp/protocol';
import type { Requests } from '../requests.ts';
import type { RouterConnection } from '../router-connection.ts';
import type { Transport } from './library.ts';
import { withGoodbyeUri } from './misnamed-goodbye.ts';
import { withCallCanceling } from './unannounced-canceling.ts';

/** The types of AutobahnJS requests, and below the types of their replies, which contain the request id at index 1. */
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
 * The transport of an AutobahnJS session, which joins and leaves the realm, subscribes and registers. AutobahnJS
 * numbers its requests itself. This transport replaces the numbers by ids of the session's single sequence.
 */
export class AutobahnTransport implements Transport {
  readonly info = {};
  /** Set by the AutobahnJS session to receive messages. */
  onmessage: (message: unknown[]) => void = () => undefined;
  readonly #connection: RouterConnection;
  readonly #requests: Requests;
  /** AutobahnJS's numbers of its requests, by request id. */
  readonly #numbers = new Map<number, unknown>();

  constructor(connection: RouterConnection, requests: Requests) {
    this.#connection = connection;
    this.#requests = requests;
  }

  /** @throws the same errors as `RouterConnection.send`. */
  send(message: unknown[]): void {
    const [type] = message;
    if (requestTypes.has(type)) {
      this.#numbers.set(this.#requests.forward(message as HeadElement[]), message[1]);
    } else if (type === MessageType.HELLO) this.#connection.send(withCallCanceling(message) as HeadElement[]);
    else if (type === MessageType.GOODBYE) this.#connection.send(withGoodbyeUri(message) as HeadElement[]);
    else this.#connection.send(message as HeadElement[]);
  }

  /** Called by AutobahnJS when it does not understand a message. */
  close(code?: number, reason = ''): void {
    this.#connection.lose(`AutobahnJS closed the connection: ${reason}`);
    this.#connection.close(code, reason);
  }

  /** Passes a message of the router to AutobahnJS. */
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
