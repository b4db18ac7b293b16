import type { Dict, Message, Payload } from '@pgwamp/protocol';
import { MessageType, ProtocolViolation } from '@pgwamp/protocol';
import { permissionFor } from '../authorization/permission-for.ts';
import type { Dealer } from '../dealer/dealer.ts';
import { RequestError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { Handler, Handlers, Permission } from './handler.ts';
import type { RealmContext } from './realm.ts';

// YIELD and ERROR answer the router's own requests, CANCEL names an earlier one; all others are the client's, and
// numbered by it.
const ANSWERS: ReadonlySet<number> = new Set([MessageType.YIELD, MessageType.ERROR, MessageType.CANCEL]);

/** What becomes of the messages of a realm's sessions: permission, handler, and ERROR where either refuses. */
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
   * Handles a message at once, or, where an authorizer has to be asked, when its answer is there.
   *
   * @throws ProtocolViolation; where there is a promise, it is rejected with it
   */
  handle(session: Session, message: Message): Promise<void> | undefined {
    const handler = this.#handlers.get(message.type);
    if (handler === undefined) throw new ProtocolViolation('the message is not one for a session that is open');
    if (this.#context.sequentialRequests && this.#isNumbered(session, message)) {
      session.expectRequest(message.elements[1] as number);
    }
    return this.#run(handler, session, message);
  }

  /** Publishes what a session has left behind. Nobody asks for its number, nor for an acknowledgement. */
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
      const permission = permissionFor(session, message);
      if (permission instanceof Promise) return this.#runLater(handler, session, message, permission);
      handler(session, message, permission);
    } catch (error) {
      this.#refuse(session, message, error);
    }
    return undefined;
  }

  /** A session that has left meanwhile wants nothing any more; what one has left behind is wanted all the same. */
  async #runLater(handler: Handler, session: Session, message: Message, pending: Promise<Permission>): Promise<void> {
    const hadLeft = session.hasLeft;
    try {
      const permission = await pending;
      if (session.hasLeft === hadLeft) handler(session, message, permission);
    } catch (error) {
      if (session.hasLeft === hadLeft) this.#refuse(session, message, error);
    }
  }

  /** A progressive call goes on under the number that it began with. */
  #isNumbered(session: Session, { type, elements }: Message): boolean {
    if (type === MessageType.CALL) return !this.#dealer.continues(session, elements[1] as number);
    return !ANSWERS.has(type);
  }

  #refuse(session: Session, { type, elements }: Message, error: unknown): void {
    if (!(error instanceof RequestError)) throw error;
    const [, request, options] = elements as unknown as readonly [number, number, Dict];
    if (type === MessageType.CALL && !this.#dealer.refused(session, request, options)) return;
    this.#context.counters.refused++;
    // Who did not ask for an acknowledgement is not told of a failure either.
    if (type === MessageType.PUBLISH && options.acknowledge !== true) return;
    session.refuse(type, request, error.uri, error.message);
  }
}
