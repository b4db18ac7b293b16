import type { Dict, Message } from '@pgwamp/protocol';
import type { Role } from '../authorization/role.ts';
import type { RoleOptions } from '../authorization/role-options.ts';
import { Roles, TRUSTED } from '../authorization/roles.ts';
import type { Audience } from '../broker/audience.ts';
import { Broker } from '../broker/broker.ts';
import { BROKER_FEATURES } from '../broker/features.ts';
import type { HistoryPlan } from '../broker/history-plan.ts';
import { Dealer } from '../dealer/dealer.ts';
import { DEALER_FEATURES } from '../dealer/features.ts';
import type { Limits } from '../limits.ts';
import type { UriRules } from '../matching/uri-rules.ts';
import { Meta } from '../meta/meta.ts';
import type { MetaParts } from '../meta/meta-context.ts';
import { openServiceSession, type ServiceSession } from '../session/service-session.ts';
import type { Session } from '../session/session.ts';
import type { Counters } from '../stats.ts';
import { Requests } from './requests.ts';

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

const SERVICE = { authid: 'router', authrole: TRUSTED, authmethod: 'internal', authprovider: 'router' };

/** A realm: sessions that see each other, through a broker and a dealer. */
export class Realm {
  readonly name: string;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly #meta: Meta;
  /** What WELCOME announces: what works, and nothing else. */
  readonly roles: Dict = { broker: { features: BROKER_FEATURES }, dealer: { features: DEALER_FEATURES } };
  readonly #sessionRoles: Roles;
  readonly #requests: Requests;
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
    this.broker = new Broker(context, histories);
    this.dealer = new Dealer(context);
    this.#meta = new Meta(this.#metaParts(context));
    this.#sessionRoles = new Roles(roles, {
      service: () => this.service,
      timeout: context.limits.authorizationTimeout,
    });
    this.#requests = new Requests(context, this.dealer, [...this.broker.handlers, ...this.dealer.handlers]);
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
    return this.#requests.handle(session, message);
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
      publish: (session, options, topic, payload) => {
        if (!this.#isClosing) this.#requests.publishFor(session, options, topic, payload);
      },
    };
  }
}
