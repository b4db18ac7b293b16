import type { FrameSocket } from '@pgwamp/protocol';
import { json } from '@pgwamp/protocol';
import { type AuthOptions, createAuthentication, trust } from './authentication/index.ts';
import { ClosedError, SessionLimitError, UnknownRealmError } from './errors.ts';
import type { RouterDoor } from './listening/door.ts';
import { type Listener, type ListenOptions, listen } from './listening.ts';
import type { RouterPlan } from './options.ts';
import { Realm } from './realm/realm.ts';
import { infoOf, type RealmInfo } from './realm/realm-info.ts';
import type { AttachOptions, Router } from './router.ts';
import { Peer } from './session/peer.ts';
import type { PeerConnection, PeerContext } from './session/peer-context.ts';
import { PeerGroup } from './session/peer-group.ts';
import { openServiceSession } from './session/service-session.ts';
import type { SessionEnd } from './session/session-end.ts';
import { Counters, type RouterStats } from './stats.ts';
import { MemoryConnection } from './transports/memory.ts';
import type { EndpointPlan } from './transports/websocket-endpoint.ts';

const BRIDGE = { authid: 'http-bridge', authmethod: 'internal', authprovider: 'router' };

/** The composition root: options in, realms, peers and listeners put together. */
export class EmbeddedRouter implements Router {
  readonly #plan: RouterPlan;
  readonly #counters = new Counters();
  readonly #realms = new Map<string, Realm>();
  readonly #peers = new PeerGroup();
  readonly #listeners = new Set<Listener>();
  readonly #peerContext: PeerContext;
  #closing: Promise<void> | undefined;

  constructor(plan: RouterPlan) {
    this.#plan = plan;
    const { uris, limits, sequentialRequests, onError } = plan;
    const context = { uris, limits, counters: this.#counters, sequentialRequests, onError };
    for (const { name, roles, histories } of plan.realms) {
      this.#realms.set(name, new Realm(name, context, roles, histories));
    }
    this.#peerContext = {
      realms: this.#realms,
      limits,
      counters: this.#counters,
      onSessionEnd: (end) => this.#report(end),
      onError,
      onGone: (peer) => this.#peers.remove(peer),
    };
  }

  realm(name: string): RealmInfo {
    return infoOf(this.#realmNamed(name));
  }

  attach({ authid, authrole }: AttachOptions = {}): FrameSocket {
    this.#assertOpen();
    if (!this.#hasRoom()) throw new SessionLimitError(`${this.#plan.limits.maxSessions} connections are open`);
    const { client, transport } = new MemoryConnection(this.#plan.limits);
    this.#accept({ transport, serializer: json, authenticate: trust(authid, authrole) });
    return client;
  }

  async listen(options: ListenOptions = {}): Promise<Listener> {
    this.#assertOpen();
    const listener = await listen(options, this.#door());
    this.#listeners.add(listener);
    // Closed while the port was being opened.
    if (this.#closing !== undefined) await listener.close();
    return listener;
  }

  stats(): RouterStats {
    const { ended, ...counts } = this.#counters;
    const sum = (part: (realm: Realm) => number) =>
      this.#realms.values().reduce((total, realm) => total + part(realm), 0);
    return {
      ...counts,
      connections: this.#peers.size,
      sessions: sum((realm) => realm.sessionCount),
      subscriptions: sum((realm) => realm.broker.subscriptions.size),
      registrations: sum((realm) => realm.dealer.registrations.size),
      retainedEvents: sum((realm) => realm.broker.retained.size),
      pendingCalls: sum((realm) => realm.dealer.calls.size),
      sessionsEnded: { ...ended },
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const realm of this.#realms.values()) realm.beginClosing();
    await this.#peers.shutDown(this.#plan.limits.closeTimeout);
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
  }

  #door(): RouterDoor {
    const { limits, onError } = this.#plan;
    return {
      limits,
      onError,
      hasRoom: () => this.#hasRoom(),
      admission: (auth) => this.#admission(auth),
      openService: (realm, role) => openServiceSession(this.#realmNamed(realm), { ...BRIDGE, authrole: role }),
      stats: () => this.stats(),
    };
  }

  #admission(auth: AuthOptions | undefined): EndpointPlan['accept'] {
    const authenticate = createAuthentication(auth, {
      service: (realm) => this.#realms.get(realm)?.service,
      timeout: this.#plan.limits.authenticationTimeout,
    });
    return (transport, serializer) => this.#accept({ transport, serializer, authenticate });
  }

  #realmNamed(name: string): Realm {
    const realm = this.#realms.get(name);
    if (realm === undefined) throw new UnknownRealmError(`there is no realm ${JSON.stringify(name)}`);
    return realm;
  }

  /** The application's callback must not get in the way of the sessions that go on. */
  #report(end: SessionEnd): void {
    try {
      this.#plan.onSessionEnd(end);
    } catch (error) {
      this.#plan.onError(error as Error);
    }
  }

  #hasRoom(): boolean {
    return this.#closing === undefined && this.#peers.size < this.#plan.limits.maxSessions;
  }

  #accept(connection: PeerConnection): void {
    this.#peers.add(new Peer(connection, this.#peerContext));
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('the router is closed');
  }
}
