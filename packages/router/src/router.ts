import { FailedAttempts } from '@pgwamp/config';
import type { FrameSocket } from '@pgwamp/protocol';
import { json } from '@pgwamp/protocol';
import { type AuthOptions, createAuthentication, trust } from './authentication/index.ts';
import { ClosedError, SessionLimitError, UnknownRealmError } from './errors.ts';
import type { Listener, ListenOptions } from './listening/listen.ts';
import type { RouterHandle } from './listening/router-handle.ts';
import { type ResolvedOptions, type RouterOptions, resolveOptions } from './options.ts';
import { Realm, type RealmInfo } from './realm/realm.ts';
import { ServiceSession } from './realm/service-session.ts';
import { PeerGroup } from './session/peer-group.ts';
import type { SessionEnd } from './session/session-end.ts';
import { Counters, type RouterStats } from './stats.ts';
import { MemoryConnection } from './transports/memory.ts';
import type { ResolvedEndpointOptions } from './transports/websocket-endpoint.ts';

/** The identity of a component in the same process. The router trusts the application and does not verify it. */
export interface AttachOptions {
  /** Default: random. */
  readonly authid?: string;
  /**
   * Default `anonymous`. If the realm has roles, it must be one of them, or `trusted`, which exists in every realm and
   * may do everything.
   */
  readonly authrole?: string;
}

/** A WAMP router, created by {@link createRouter}. */
export interface Router extends AsyncDisposable {
  /**
   * Returns the state of a realm.
   *
   * @example
   * ```ts
   * const { sessions, pendingCalls } = router.realm('realm1');
   * ```
   *
   * @throws UnknownRealmError
   */
  realm(name: string): RealmInfo;
  /**
   * Connects a component in the same process. Returns the client's end of a connection, on which the component sends
   * HELLO as on any other.
   *
   * @example
   * ```ts
   * const socket = router.attach({ authid: 'clock', authrole: 'trusted' });
   * socket.onframe = (frame) => console.log(frame); // [2,…: WELCOME
   * socket.send(JSON.stringify([1, 'realm1', { roles: { publisher: {} } }])); // HELLO
   * ```
   *
   * @throws SessionLimitError if `limits.maxSessions` connections are open
   * @throws ClosedError once the router is closed
   */
  attach(options?: AttachOptions): FrameSocket;
  /**
   * Opens an endpoint: WebSocket, RawSocket, or HTTP with services by path; over TCP, TLS or a Unix socket. Any number
   * of endpoints may be open.
   *
   * @example
   * ```ts
   * await router.listen({ host: '127.0.0.1', port: 8080, path: '/ws' });
   * await router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 8081 }, serializers: ['cbor'] });
   * ```
   *
   * @throws ListenError if the address cannot be opened
   * @throws RouterOptionError naming the path of a wrong option
   * @throws ClosedError once the router is closed
   * @see https://wamp-proto.org/wamp_latest_ietf.html#name-transports
   */
  listen(options?: ListenOptions): Promise<Listener>;
  /**
   * Returns the current counters and sizes.
   *
   * @example
   * ```ts
   * const { connections, sessions, pendingCalls } = router.stats();
   * ```
   */
  stats(): RouterStats;
  /**
   * Sends GOODBYE `wamp.close.system_shutdown` to every session, waits up to `limits.closeTimeout` for the answers and
   * releases all resources. Afterwards, the router does not keep the process alive.
   *
   * @example
   * ```ts
   * process.once('SIGTERM', () => router.close());
   * ```
   */
  close(): Promise<void>;
}

const BRIDGE = { authid: 'http-bridge', authmethod: 'internal', authprovider: 'router' };

/** The composition root: builds realms, peers and listeners from the options. */
class EmbeddedRouter implements Router {
  readonly #options: ResolvedOptions;
  readonly #counters = new Counters();
  readonly #realms = new Map<string, Realm>();
  readonly #peers: PeerGroup;
  readonly #failures: FailedAttempts;
  readonly #listeners = new Set<Listener>();
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#failures = new FailedAttempts({ perMinute: options.limits.maxFailedAuthentications });
    const { uris, limits, sequentialRequests, onError } = options;
    const context = { uris, limits, counters: this.#counters, sequentialRequests, onError };
    for (const { name, roles, histories } of options.realms) {
      this.#realms.set(name, new Realm(name, context, roles, histories));
    }
    this.#peers = new PeerGroup({
      realms: this.#realms,
      limits,
      counters: this.#counters,
      onSessionEnd: (end) => this.#report(end),
      onError,
    });
  }

  realm(name: string): RealmInfo {
    return this.#realmNamed(name).info;
  }

  attach({ authid, authrole }: AttachOptions = {}): FrameSocket {
    this.#assertOpen();
    if (!this.#hasRoom()) throw new SessionLimitError(`${this.#options.limits.maxSessions} connections are open`);
    const { client, transport } = new MemoryConnection(this.#options.limits);
    this.#peers.add({ transport, serializer: json, authenticate: trust(authid, authrole) });
    return client;
  }

  async listen(options: ListenOptions = {}): Promise<Listener> {
    this.#assertOpen();
    // Loaded on demand: a router with in-memory clients only needs no server.
    const { listen } = await import('./listening/listen.ts');
    const listener = await listen(options, this.#handle());
    this.#listeners.add(listener);
    // The router was closed while the port was being opened.
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
      sessions: sum((realm) => realm.info.sessions),
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
    await this.#peers.shutDown(this.#options.limits.closeTimeout);
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
  }

  #handle(): RouterHandle {
    const { limits, onError } = this.#options;
    return {
      limits,
      onError,
      hasRoom: () => this.#hasRoom(),
      admission: (auth) => this.#admission(auth),
      openService: (realm, role) => new ServiceSession(this.#realmNamed(realm), { ...BRIDGE, authrole: role }),
      stats: () => this.stats(),
    };
  }

  #admission(auth: AuthOptions | undefined): ResolvedEndpointOptions['accept'] {
    const context = {
      service: (realm: string) => this.#realms.get(realm)?.service,
      timeout: this.#options.limits.authenticationTimeout,
    };
    const authenticate = createAuthentication(auth, context, this.#failures);
    return (transport, serializer) => this.#peers.accept({ transport, serializer, authenticate });
  }

  #realmNamed(name: string): Realm {
    const realm = this.#realms.get(name);
    if (realm === undefined) throw new UnknownRealmError(`there is no realm ${JSON.stringify(name)}`);
    return realm;
  }

  /** An error of the application's callback must not affect other sessions. */
  #report(end: SessionEnd): void {
    try {
      this.#options.onSessionEnd(end);
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }

  #hasRoom(): boolean {
    return this.#closing === undefined && this.#peers.size < this.#options.limits.maxSessions;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('the router is closed');
  }
}

/**
 * Creates a router. It opens no port until `listen()` is called.
 *
 * @example
 * ```ts
 * const router = createRouter({ realms: ['realm1'] });
 * const listener = await router.listen({ port: 8080 });
 * console.log(listener.url); // ws://127.0.0.1:8080/ws
 * await router.close();
 * ```
 *
 * @throws RouterOptionError for an option that is missing, of the wrong type or out of range
 */
export function createRouter(options: RouterOptions): Router {
  return new EmbeddedRouter(resolveOptions(options));
}
