import { RouterOptionError } from './errors.ts';

/** The limits of the router, each with a default. Sizes are in bytes, times in milliseconds. */
export interface Limits {
  /** Size limit of a client's message; a longer one closes its connection with code 1009. Default 16 MiB. */
  readonly maxMessageSize: number;
  /**
   * Depth limit of nested lists and dictionaries in a message, itself included; at most 1,000. A deeper message ends
   * the session as a protocol violation. Default 128.
   */
  readonly maxDepth: number;
  /**
   * Limit of the data that waits for one receiver. Beyond it, the router closes the session; other sessions do not
   * wait. Default 64 MiB.
   */
  readonly maxBufferedBytes: number;
  /**
   * While more than this waits for a session, the router reads no further requests from it. A client that does not read
   * its answers is slowed down, not closed. Default 1 MiB.
   */
  readonly highWaterBytes: number;
  /** Limit of connections, including those without HELLO. Default 10,000. */
  readonly maxSessions: number;
  /**
   * Connections of one address to one listener, including those in a handshake; further ones are closed. All clients of
   * a proxy share an address. Default 10,000.
   */
  readonly maxConnectionsPerAddress: number;
  /**
   * Failed authentications of one address within a minute. Further attempts get `wamp.error.unavailable`; anonymous
   * clients are still accepted. All clients of a proxy share an address. An IPv6 address counts as its /64 network.
   * Default 100.
   */
  readonly maxFailedAuthentications: number;
  /** Subscriptions of one session. Default 10,000. */
  readonly maxSubscriptions: number;
  /** Characters of a URI or a pattern; sessions keep what they subscribe to and register. Default 4,096. */
  readonly maxUriLength: number;
  /** Components of a wildcard pattern that a session subscribes to or registers. Default 100. */
  readonly maxWildcardComponents: number;
  /** Retained events of one realm; beyond it, the oldest are dropped. Default 10,000. */
  readonly maxRetainedEvents: number;
  /** Size of the retained events of one realm; beyond it, the oldest are dropped. Default 64 MiB. */
  readonly maxRetainedBytes: number;
  /** Size of one event history; beyond it, the oldest events are dropped. Default 64 MiB. */
  readonly maxHistoryBytes: number;
  /** Registrations of one session. Default 10,000. */
  readonly maxRegistrations: number;
  /** Calls of one session that wait for their results. Default 65,536. */
  readonly maxPendingCalls: number;
  /**
   * CALL messages that wait for one registration while all its callees are at their limit (`concurrency`). Default
   * 1,000.
   */
  readonly maxQueuedCalls: number;
  /**
   * Size of the waiting CALL messages of one realm; the same limit applies to the data kept for progressive calls.
   * Default 64 MiB.
   */
  readonly maxQueuedBytes: number;
  /** Testaments of one session. Default 100. */
  readonly maxTestaments: number;
  /** Size of the testaments of one session. Default 1 MiB. */
  readonly maxTestamentBytes: number;
  /**
   * Size limit of a client's message before WELCOME: HELLO and AUTHENTICATE, with the ticket. A longer one closes its
   * connection with code 1009. Default 8 KiB.
   */
  readonly maxHandshakeSize: number;
  /**
   * Network connections that have not joined a realm. Beyond it, the router closes the oldest connection of the address
   * that has most of them. Default 1,000.
   */
  readonly maxUnjoined: number;
  /** Time from the connection to HELLO. Default 10 s. */
  readonly helloTimeout: number;
  /** Time from HELLO to WELCOME, if a CHALLENGE or an authenticator is involved. Default 10 s. */
  readonly authenticationTimeout: number;
  /** Time for the answer of an authorizer; without an answer the request is refused. Default 5 s. */
  readonly authorizationTimeout: number;
  /** Time for a TLS, WebSocket or RawSocket handshake, and for a whole HTTP request. Default 10 s. */
  readonly handshakeTimeout: number;
  /** Time for the answer to GOODBYE and to a WebSocket close. Default 2 s. */
  readonly closeTimeout: number;
  /** Silence on a WebSocket or RawSocket after which the router sends a ping; 0 disables pings. Default 30 s. */
  readonly pingInterval: number;
  /** Time for the answer to a ping; without an answer the connection is closed. Default 10 s. */
  readonly pingTimeout: number;
}

const MIB = 1024 * 1024;

/** The default {@link Limits}. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxMessageSize: 16 * MIB,
  maxDepth: 128,
  maxBufferedBytes: 64 * MIB,
  highWaterBytes: MIB,
  maxSessions: 10_000,
  maxConnectionsPerAddress: 10_000,
  maxFailedAuthentications: 100,
  maxSubscriptions: 10_000,
  maxUriLength: 4_096,
  maxWildcardComponents: 100,
  maxRetainedEvents: 10_000,
  maxRetainedBytes: 64 * MIB,
  maxHistoryBytes: 64 * MIB,
  maxRegistrations: 10_000,
  maxPendingCalls: 65_536,
  maxQueuedCalls: 1_000,
  maxQueuedBytes: 64 * MIB,
  maxTestaments: 100,
  maxTestamentBytes: MIB,
  maxHandshakeSize: 8 * 1024,
  maxUnjoined: 1_000,
  helloTimeout: 10_000,
  authenticationTimeout: 10_000,
  authorizationTimeout: 5_000,
  handshakeTimeout: 10_000,
  closeTimeout: 2_000,
  pingInterval: 30_000,
  pingTimeout: 10_000,
});

// setTimeout() treats a longer delay as one millisecond.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

// JSON.stringify recurses: a few thousand levels would overflow the stack.
const DEEPEST = 1_000;

function largestOf(name: string): number {
  if (name === 'maxDepth') return DEEPEST;
  return /(Timeout|Interval)$/.test(name) ? LONGEST_TIMEOUT : Number.MAX_SAFE_INTEGER;
}

function checkLimit(name: string, value: unknown): void {
  const smallest = name === 'pingInterval' ? 0 : 1;
  const largest = largestOf(name);
  const isWithin = Number.isInteger(value) && (value as number) >= smallest && (value as number) <= largest;
  if (isWithin) return;
  throw new RouterOptionError(`limits.${name}: expected an integer from ${smallest} to ${largest}, found ${value}`);
}

/**
 * The given limits, completed with the defaults.
 *
 * @throws RouterOptionError for an unknown name or a value out of range
 */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new RouterOptionError(`limits.${name}: there is no such limit`);
    if (value !== undefined) checkLimit(name, value);
  }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...DEFAULT_LIMITS, ...Object.fromEntries(chosen) });
}
