import type { Dict, Message, Payload, RequestHead } from '@pgwamp/protocol';
import { MessageType, ProtocolViolation } from '@pgwamp/protocol';
import { type Action, type Permission, PLAIN_PERMISSION, type Verdict } from '../authorization/role.ts';
import type { Dealer } from '../dealer/dealer.ts';
import { RequestError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { Handler, Handlers, RealmContext } from './context.ts';

/** The messages that require a permission. */
const ACTIONS: ReadonlyMap<number, Action> = new Map([
  [MessageType.PUBLISH, 'publish'],
  [MessageType.SUBSCRIBE, 'subscribe'],
  [MessageType.REGISTER, 'register'],
  [MessageType.CALL, 'call'],
]);

// YIELD and ERROR answer requests of the router; CANCEL refers to an earlier request. The client numbers all others.
const ANSWERS: ReadonlySet<number> = new Set([MessageType.YIELD, MessageType.ERROR, MessageType.CANCEL]);

/**
 * Handles the messages of a realm's sessions: asks for permission, calls the handler, and sends ERROR if either
 * refuses.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-authorization
 */
export class Requests {
  readonly #context: RealmContext;
  readonly #dealer: Dealer;
  readonly #handlers: ReadonlyMap<number, Handler>;

  constructor(context: RealmContext, dealer: Dealer, handlers: Handlers) {
    this.#context = context;
    this.#dealer = dealer;
    this.#handlers = new Map(handlers);
  }

  /**
   * Handles a message: synchronously, or after the answer of an authorizer.
   *
   * @throws ProtocolViolation; a promise is rejected with it
   */
  handle(session: Session, message: Message): Promise<void> | undefined {
    const handler = this.#handlers.get(message.type);
    if (handler === undefined) throw new ProtocolViolation('the message is not allowed in an open session');
    if (this.#context.sequentialRequests && this.#isNumbered(session, message)) {
      session.expectRequest(message.elements[1] as number);
    }
    return this.#run(handler, session, message);
  }

  /** Publishes a testament of a session, without an acknowledgement. */
  publishFor(session: Session, options: Dict, topic: string, payload: Payload): void {
    const handler = this.#handlers.get(MessageType.PUBLISH);
    const message = { type: MessageType.PUBLISH, elements: [MessageType.PUBLISH, 1, options, topic], payload };
    if (handler === undefined) return;
    try {
      this.#run(handler, session, message)?.catch(this.#context.onError);
    } catch (error) {
      this.#context.onError(error as Error);
    }
  }

  #run(handler: Handler, session: Session, message: Message): Promise<void> | undefined {
    try {
      const permission = session.role === undefined ? PLAIN_PERMISSION : this.#authorize(session, message);
      if (permission instanceof Promise) return this.#runLater(handler, session, message, permission);
      handler(session, message, permission);
    } catch (error) {
      this.#refuse(session, message, error);
    }
    return undefined;
  }

  #authorize(session: Session, { type, elements }: Message): Verdict {
    const action = ACTIONS.get(type);
    if (session.role === undefined || action === undefined) return PLAIN_PERMISSION;
    const [, , options, uri] = elements as unknown as RequestHead;
    this.#context.uris.assertLength(uri);
    return session.role.authorize(session, action, uri, options);
  }

  /** Requests of a session that has left in the meantime are dropped, but its testaments are still published. */
  async #runLater(handler: Handler, session: Session, message: Message, pending: Promise<Permission>): Promise<void> {
    const hadLeft = session.hasLeft;
    try {
      const permission = await pending;
      if (session.hasLeft === hadLeft) handler(session, message, permission);
    } catch (error) {
      if (session.hasLeft === hadLeft) this.#refuse(session, message, error);
    }
  }

  /** All parts of a progressive call have the same request id. */
  #isNumbered(session: Session, { type, elements }: Message): boolean {
    if (type === MessageType.CALL) return !this.#dealer.continues(session, elements[1] as number);
    return !ANSWERS.has(type);
  }

  #refuse(session: Session, { type, elements }: Message, error: unknown): void {
    if (!(error instanceof RequestError)) throw error;
    const [, request, options] = elements as unknown as readonly [number, number, Dict];
    if (type === MessageType.CALL && !this.#dealer.refused(session, request, options)) return;
    this.#context.counters.refused++;
    // A publisher that did not ask for an acknowledgement receives no ERROR either.
    if (type === MessageType.PUBLISH && options.acknowledge !== true) return;
    session.refuse(type, request, error.uri, error.message);
  }
}
