import { permissionFor } from '../authorization/permission-for.ts';
import type { Role } from '../authorization/role.ts';
import type { RoleOptions } from '../authorization/role-options.ts';
import { Roles, TRUSTED } from '../authorization/roles.ts';
import type { Audience } from '../broker/audience.ts';
import { Broker } from '../broker/broker.ts';
import { BROKER_FEATURES } from '../broker/features.ts';
import type { HistoryPlan } from '../broker/history-plan.ts';
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
import { openServiceSession, type ServiceSession } from '../session/service-session.ts';
import type { Session } from '../session/session.ts';
import type { Counters } from '../stats.ts';
import type { Handler, Permission } from './handler.ts';

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

// YIELD and ERROR answer the router's own requests, CANCEL names an earlier one; all others are the client's, and numbered by it.
const ANSWERS: ReadonlySet<number> = new Set([MessageType.YIELD, MessageType.ERROR, MessageType.CANCEL]);

const SERVICE = { authid: 'router', authrole: TRUSTED, authmethod: 'internal', authprovider: 'router' };

/** A realm: sessions that see each other, through a broker and a dealer. */
export class Realm {
  readonly name: string;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly #meta: Meta;
  /** What WELCOME announces: what works, and nothing else. */
  readonly roles: Dict = { broker: { features: BROKER_FEATURES }, dealer: { features: DEALER_FEATURES } };
  readonly #context: RealmContext;
  readonly #sessionRoles: Roles;
  readonly #handlers: ReadonlyMap<number, Handler>;
  readonly #sessions = new Map<number, Session>();
  #isClosing = false;
  #service: ServiceSession | undefined;

  constructor(
    name: string,
    router: RouterContext,
    roles?: readonly RoleOptions[],
    histories: readonly HistoryPlan[] = [],
  ) {
    this.name = name;
    const context = this.#contextIn(router);
    this.#context = context;
    this.broker = new Broker(context, histories);
    this.dealer = new Dealer(context);
    this.#meta = new Meta(this.#metaParts(context));
    this.#sessionRoles = new Roles(roles, {
      service: () => this.service,
      timeout: context.limits.authorizationTimeout,
    });
    this.#handlers = new Map([...this.broker.handlers, ...this.dealer.handlers]);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** A session of the router's own that may do everything: what authenticators and authorizers are called with. */
  get service(): ServiceSession {
    this.#service ??= openServiceSession(this, SERVICE);
    return this.#service;
  }

  /**
   * Who decides what sessions of a role may do; `undefined` if nothing is denied to them.
   *
   * @throws JoinError `wamp.error.no_such_role`
   */
  roleNamed(name: string): Role | undefined {
    return this.#sessionRoles.named(name);
  }

  hasSession(id: number): boolean {
    return this.#sessions.has(id);
  }

  join(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#meta.joined(session);
  }

  leave(session: Session): void {
    session.hasLeft = true;
    const isOfClient = this.#sessions.delete(session.id);
    this.broker.leave(session);
    this.dealer.leave(session);
    if (isOfClient) this.#meta.left(session);
  }

  /** All sessions are about to end: nobody is left who could be told of it, by meta events or by testaments. */
  beginClosing(): void {
    this.#isClosing = true;
  }

  /** Ends a session of this realm with a GOODBYE that says why. */
  kill(session: Session, reason: string, message = ''): void {
    session.close(reason, message);
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
    return this.#run(handler, session, message, () => !session.hasLeft);
  }

  #run(handler: Handler, session: Session, message: Message, isWanted: () => boolean): Promise<void> | undefined {
    try {
      const permission = permissionFor(session, message);
      if (permission instanceof Promise) return this.#runLater(handler, session, message, permission, isWanted);
      handler(session, message, permission);
    } catch (error) {
      this.#refuse(session, message, error);
    }
    return undefined;
  }

  async #runLater(
    handler: Handler,
    session: Session,
    message: Message,
    pending: Promise<Permission>,
    isWanted: () => boolean,
  ): Promise<void> {
    try {
      const permission = await pending;
      if (isWanted()) handler(session, message, permission);
    } catch (error) {
      if (isWanted()) this.#refuse(session, message, error);
    }
  }

  /** A progressive call goes on under the number that it began with. */
  #isNumbered(session: Session, { type, elements }: Message): boolean {
    if (type === MessageType.CALL) return !this.dealer.continues(session, elements[1] as number);
    return !ANSWERS.has(type);
  }

  /** Publishes what a session has left behind. Nobody asks for its number, nor for an acknowledgement. */
  #publish(session: Session, options: Dict, topic: string, payload: Payload): void {
    const handler = this.#isClosing ? undefined : this.#handlers.get(MessageType.PUBLISH);
    const message = { type: MessageType.PUBLISH, elements: [MessageType.PUBLISH, 1, options, topic], payload };
    if (handler !== undefined) this.#run(handler, session, message, () => true)?.catch(this.#context.onError);
  }

  #contextIn(router: RouterContext): RealmContext {
    return {
      ...router,
      announce: (topic, args, audience) => {
        if (!this.#isClosing) this.broker.announce(topic, args, audience);
      },
      isAnnounced: (topic) => !this.#isClosing && this.broker.isAnnounced(topic),
    };
  }

  #metaParts(realm: RealmContext): MetaParts {
    return {
      realm,
      broker: this.broker,
      dealer: this.dealer,
      sessions: this.#sessions,
      kill: (session, reason, message) => this.kill(session, reason, message),
      publish: (session, options, topic, payload) => this.#publish(session, options, topic, payload),
    };
  }

  #refuse(session: Session, { type, elements }: Message, error: unknown): void {
    if (!(error instanceof RequestError)) throw error;
    this.#context.counters.refused++;
    const options = elements[2] as Dict;
    if (type === MessageType.CALL) this.dealer.refused(session, elements[1] as number, options);
    // Who did not ask for an acknowledgement is not told of a failure either.
    if (type === MessageType.PUBLISH && options.acknowledge !== true) return;
    session.refuse(type, elements[1] as number, error.uri, error.message);
  }
}
