import { type Dict, type Message, Uri } from '@pgwamp/protocol';
import { type Role, TRUSTED } from '../authorization/role.ts';
import type { RoleOptions } from '../authorization/role-options.ts';
import { Roles } from '../authorization/roles.ts';
import { BROKER_FEATURES, Broker } from '../broker/broker.ts';
import type { ResolvedHistory } from '../broker/store-options.ts';
import { DEALER_FEATURES, Dealer } from '../dealer/dealer.ts';
import { Meta } from '../meta/meta.ts';
import type { MetaParts } from '../meta/meta-context.ts';
import type { Session } from '../session/session.ts';
import type { RealmContext, RouterContext } from './context.ts';
import { Requests } from './requests.ts';
import { ServiceSession } from './service-session.ts';
import { listSessions, type SessionList, type SessionQuery } from './session-list.ts';

/** The state of one realm. The numbers are live. */
export interface RealmInfo {
  readonly name: string;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  readonly pendingCalls: number;
  /**
   * Lists the sessions of the realm and the bytes that wait for each. It is cheap for any number of sessions: details
   * are computed only for the listed ones.
   *
   * @example
   * ```ts
   * const { count, sessions } = router.realm('realm1').listSessions({ search: 'joe', limit: 10 });
   * ```
   */
  listSessions(query?: SessionQuery): SessionList;
  /**
   * Ends a session with GOODBYE `wamp.close.killed`; the client may connect again.
   *
   * @example
   * ```ts
   * router.realm('realm1').closeSession(4711, 'closed by an operator');
   * ```
   *
   * @param message the message of GOODBYE.
   * @returns whether the session existed.
   */
  closeSession(id: number, message?: string): boolean;
}

const SERVICE = { authid: 'router', authrole: TRUSTED, authmethod: 'internal', authprovider: 'router' };

/** A realm: sessions that reach each other through a broker and a dealer. */
export class Realm {
  readonly name: string;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly #meta: Meta;
  /** The roles and features that WELCOME announces. */
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
    histories: readonly ResolvedHistory[] = [],
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

  /** The view of the realm for the application. */
  get info(): RealmInfo {
    const [sessions, { subscriptions }, { registrations, calls }] = [this.#sessions, this.broker, this.dealer];
    return {
      name: this.name,
      get sessions() {
        return sessions.size;
      },
      get subscriptions() {
        return subscriptions.size;
      },
      get registrations() {
        return registrations.size;
      },
      get pendingCalls() {
        return calls.size;
      },
      listSessions: (query = {}) => listSessions({ sessions, broker: this.broker, dealer: this.dealer }, query),
      closeSession: (id, message) => {
        const session = sessions.get(id);
        if (session) this.kill(session, Uri.CLOSE_KILLED, message);
        return session !== undefined;
      },
    };
  }

  /** The router's own session, which may do everything. It calls authenticators and authorizers. */
  get service(): ServiceSession {
    this.#service ??= new ServiceSession(this, SERVICE);
    return this.#service;
  }

  /**
   * Returns the permissions of a role; `undefined` if its sessions may do everything.
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

  /** Marks that all sessions are about to end, so that meta events and testaments have no receivers. */
  beginClosing(): void {
    this.#isClosing = true;
  }

  /** Ends a session of this realm with a GOODBYE that contains the reason. */
  kill(session: Session, reason: string, message = ''): void {
    session.close(reason, message);
  }

  /**
   * Handles a message: synchronously, or after the answer of an authorizer.
   *
   * @throws ProtocolViolation; a promise is rejected with it
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
