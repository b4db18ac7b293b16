import type { Audience } from '../broker/audience.ts';
import { Broker } from '../broker/broker.ts';
import { BROKER_FEATURES } from '../broker/features.ts';
import { Dealer } from '../dealer/dealer.ts';
import { DEALER_FEATURES } from '../dealer/features.ts';
import { ProtocolViolation, RequestError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { Meta } from '../meta/meta.ts';
import type { MetaParts } from '../meta/meta-context.ts';
import type { Message } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { UriRules } from '../protocol/uri-rules.ts';
import type { Payload } from '../serializer/serializer.ts';
import type { Session } from '../session/session.ts';
import type { Counters } from '../stats.ts';
import { type Handler, PLAIN_PERMISSION } from './handler.ts';

/** What all realms share. */
export interface RouterContext {
  readonly uris: UriRules;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly sequentialRequests: boolean;
  /** Takes errors of the router's own that no session is to end for. */
  readonly onError: (error: Error) => void;
}

/** Publishes an event of the router's own, to all subscribers or to those of an audience. */
export type Announce = (topic: string, args: readonly unknown[], audience?: Audience) => void;

/** What the parts of a realm share. */
export interface RealmContext extends RouterContext {
  readonly announce: Announce;
  /** Whether anybody subscribes to a topic: to be asked before arguments are computed at a cost. */
  readonly isAnnounced: (topic: string) => boolean;
}

// YIELD and ERROR answer the router's own requests; all others are the client's, and numbered by it.
const ANSWERS: ReadonlySet<number> = new Set([MessageType.YIELD, MessageType.ERROR]);

/** A realm: sessions that see each other, through a broker and a dealer. */
export class Realm {
  readonly name: string;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly #meta: Meta;
  /** What WELCOME announces: what works, and nothing else. */
  readonly roles: Dict = { broker: { features: BROKER_FEATURES }, dealer: { features: DEALER_FEATURES } };
  readonly #context: RealmContext;
  readonly #handlers: ReadonlyMap<number, Handler>;
  readonly #sessions = new Map<number, Session>();

  constructor(name: string, router: RouterContext) {
    this.name = name;
    const context = this.#contextIn(router);
    this.#context = context;
    this.broker = new Broker(context);
    this.dealer = new Dealer(context);
    this.#meta = new Meta(this.#metaParts(context));
    this.#handlers = new Map([...this.broker.handlers, ...this.dealer.handlers]);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  hasSession(id: number): boolean {
    return this.#sessions.has(id);
  }

  join(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#meta.joined(session);
  }

  leave(session: Session): void {
    const isOfClient = this.#sessions.delete(session.id);
    this.broker.leave(session);
    this.dealer.leave(session);
    if (isOfClient) this.#meta.left(session);
  }

  /** @throws ProtocolViolation */
  handle(session: Session, message: Message): void {
    const handler = this.#handlers.get(message.type);
    if (handler === undefined) throw new ProtocolViolation('the message is not one for a session that is open');
    if (this.#context.sequentialRequests && !ANSWERS.has(message.type)) {
      session.expectRequest(message.elements[1] as number);
    }
    this.#run(handler, session, message);
  }

  #run(handler: Handler, session: Session, message: Message): void {
    try {
      handler(session, message, PLAIN_PERMISSION);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#refuse(session, message, error);
    }
  }

  /** Publishes what a session has left behind. Nobody asks for its number, nor for an acknowledgement. */
  #publish(session: Session, options: Dict, topic: string, payload: Payload): void {
    const handler = this.#handlers.get(MessageType.PUBLISH);
    const message = { type: MessageType.PUBLISH, elements: [MessageType.PUBLISH, 1, options, topic], payload };
    if (handler !== undefined) this.#run(handler, session, message);
  }

  #contextIn(router: RouterContext): RealmContext {
    return {
      ...router,
      announce: (topic, args, audience) => this.broker.announce(topic, args, audience),
      isAnnounced: (topic) => this.broker.isAnnounced(topic),
    };
  }

  #metaParts(realm: RealmContext): MetaParts {
    return {
      realm,
      broker: this.broker,
      dealer: this.dealer,
      sessions: this.#sessions,
      publish: (session, options, topic, payload) => this.#publish(session, options, topic, payload),
    };
  }

  #refuse(session: Session, { type, elements }: Message, error: RequestError): void {
    this.#context.counters.refused++;
    const options = elements[2] as Dict;
    // Who did not ask for an acknowledgement is not told of a failure either.
    if (type === MessageType.PUBLISH && options.acknowledge !== true) return;
    session.refuse(type, elements[1] as number, error.uri, error.message);
  }
}
