import type { FrameSocket } from '@pgwamp/protocol';
import { EmbeddedRouter } from './embedded-router.ts';
import type { Listener, ListenOptions } from './listening.ts';
import { type RouterOptions, resolveOptions } from './options.ts';
import type { RealmInfo } from './realm/realm-info.ts';
import type { RouterStats } from './stats.ts';

/** Who a component in the same process is; the application vouches for it. */
export interface AttachOptions {
  /** Default: random. */
  readonly authid?: string;
  /**
   * Default `anonymous`. A realm with roles has to have it, or it is `trusted`, which is there in every realm and may do
   * everything.
   */
  readonly authrole?: string;
}

/** A WAMP router; made by {@link createRouter}. */
export interface Router extends AsyncDisposable {
  /**
   * What is going on in a realm.
   *
   * @throws UnknownRealmError
   */
  realm(name: string): RealmInfo;
  /**
   * Connects a component in the same process: the client's end of a connection on which it says HELLO as on any other.
   *
   * @throws SessionLimitError if `limits.maxSessions` connections are open
   * @throws ClosedError once the router is closed
   */
  attach(options?: AttachOptions): FrameSocket;
  /**
   * Opens an endpoint: WebSocket, RawSocket, or HTTP with services by path; over TCP, TLS or a Unix socket. Any number
   * of them may be open.
   *
   * @throws ListenError if the address is not to be had
   * @throws RouterOptionError naming the path of an option that is wrong
   * @throws ClosedError once the router is closed
   * @see https://wamp-proto.org/wamp_latest_ietf.html#name-transports
   */
  listen(options?: ListenOptions): Promise<Listener>;
  /** Counts and sizes at this moment. */
  stats(): RouterStats;
  /**
   * Says GOODBYE `wamp.close.system_shutdown` to every session, waits up to `limits.closeTimeout` for the answers, and
   * ends everything: nothing of the router keeps the process alive afterwards.
   */
  close(): Promise<void>;
}

/**
 * Creates a router. It listens nowhere until told to.
 *
 * @throws RouterOptionError for an option that is missing, mistyped or out of range
 */
export function createRouter(options: RouterOptions): Router {
  return new EmbeddedRouter(resolveOptions(options));
}
