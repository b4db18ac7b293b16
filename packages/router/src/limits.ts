import { RouterOptionError } from './errors.ts';

/** Bounds of the router; every one has a default. Sizes are in bytes, times in milliseconds. */
export interface Limits {
  /** Longest message a client may send; a longer one closes its connection with code 1009. Default 16 MiB. */
  readonly maxMessageSize: number;
  /**
   * Lists and dictionaries inside each other in a message, itself included; at most 1,000. A deeper one ends the session
   * as a protocol violation. Default 128.
   */
  readonly maxDepth: number;
  /**
   * What may wait for one receiver. Beyond that its session is closed; other sessions do not wait.
   * Default 64 MiB.
   */
  readonly maxBufferedBytes: number;
  /**
   * While more than this waits for a session, the router reads no further requests of it: a client that does not read its
   * answers is slowed down, not closed. Default 1 MiB.
   */
  readonly highWaterBytes: number;
  /** Connections, those without HELLO included. Default 10,000. */
  readonly maxSessions: number;
  /**
   * Connections of one address to one listener, those in a handshake included; more are closed. All clients of a proxy
   * share an address. Default 10,000.
   */
  readonly maxConnectionsPerAddress: number;
  /**
   * Failed authentications of one address within a minute. Further attempts get `wamp.error.unavailable`; anonymous
   * clients are let in. All clients of a proxy share an address. An IPv6 address counts as its network of 64 bits.
   * Default 100.
   */
  readonly maxFailedAuthentications: number;
  /** Subscriptions of one session. Default 10,000. */
  readonly maxSubscriptions: number;
  /** Characters of a URI or a pattern; sessions keep what they subscribe to and register. Default 4,096. */
  readonly maxUriLength: number;
  /** Components of a pattern that a session subscribes to, or registers, with the policy `wildcard`. Default 100. */
  readonly maxWildcardComponents: number;
  /** Retained events of one realm; beyond that the oldest are dropped. Default 10,000. */
  readonly maxRetainedEvents: number;
  /** What the retained events of one realm may take; the oldest are dropped. Default 64 MiB. */
  readonly maxRetainedBytes: number;
  /** What one event history may take; the oldest events are dropped. Default 64 MiB. */
  readonly maxHistoryBytes: number;
  /** Registrations of one session. Default 10,000. */
  readonly maxRegistrations: number;
  /** Calls that one session may have waiting for their results. Default 65,536. */
  readonly maxPendingCalls: number;
  /**
   * CALL messages that may wait for one registration while all its callees are at their limit (`concurrency`).
   * Default 1,000.
   */
  readonly maxQueuedCalls: number;
  /**
   * What the waiting CALL messages of one realm may take; the same again for what is kept of progressive calls.
   * Default 64 MiB.
   */
  readonly maxQueuedBytes: number;
  /** Testaments that one session may have waiting for its end. Default 100. */
  readonly maxTestaments: number;
  /** What the testaments of one session may take. Default 1 MiB. */
  readonly maxTestamentBytes: number;
  /**
   * Longest message of a client before WELCOME: HELLO and AUTHENTICATE, with the ticket. A longer one closes its connection
   * with code 1009. Default 8 KiB.
   */
  readonly maxHandshakeSize: number;
  /**
   * Connections from the network that have not joined a realm. If there are more, the oldest of the address that has most
   * of them is closed. Default 1,000.
   */
  readonly maxUnjoined: number;
  /** From the connection to HELLO. Default 10 s. */
  readonly helloTimeout: number;
  /** From HELLO to WELCOME, where CHALLENGE or an authenticator comes between them. Default 10 s. */
  readonly authenticationTimeout: number;
  /** For the answer of an authorizer; without one the request is refused. Default 5 s. */
  readonly authorizationTimeout: number;
  /** For a handshake of TLS, WebSocket or RawSocket, and for a whole request by HTTP. Default 10 s. */
  readonly handshakeTimeout: number;
  /** For the answer to GOODBYE and to a WebSocket close. Default 2 s. */
  readonly closeTimeout: number;
  /** Silence on a WebSocket or RawSocket after which the router sends a ping; 0 for never. Default 30 s. */
  readonly pingInterval: number;
  /** For the answer to a ping; then the connection is cut. Default 10 s. */
  readonly pingTimeout: number;
}

const MIB = 1024 * 1024;

/** The {@link Limits} that hold unless others are given. */
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

// setTimeout() treats anything longer as one millisecond.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

// Writing JSON recurses: a few thousand levels would be too much for the stack.
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
 * The limits in force: those given, and the defaults for the rest.
 *
 * @throws RouterOptionError for a name that is none, or a value out of range
 */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new RouterOptionError(`limits.${name}: there is no such limit`);
    if (value !== undefined) checkLimit(name, value);
  }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...DEFAULT_LIMITS, ...Object.fromEntries(chosen) });
}
