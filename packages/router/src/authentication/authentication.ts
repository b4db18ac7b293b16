import type { Dict } from '@pgwamp/protocol';
import type { Connection, Identity } from '../session/identity.ts';

/** What a client claims when it says HELLO, and what is known of its connection. */
export interface Claim {
  readonly realm: string;
  /** Who it says it is, if it says so. */
  readonly authid: string | undefined;
  /** The id that its session will have. */
  readonly session: number;
  /** The authentication methods that it offers, the preferred one first. */
  readonly authmethods: readonly string[];
  /** What authentication methods have in HELLO beside that. */
  readonly authextra: unknown;
  readonly transport: Connection;
}

/** Who a client turned out to be, and the realm that it is to join. */
export interface Admission {
  readonly realm: string;
  readonly identity: Identity;
}

/** What a client has to answer before it is let in. */
export interface Challenge {
  readonly method: string;
  /** CHALLENGE.Extra. */
  readonly extra: Dict;
  /** @throws JoinError if the signature is not the right one */
  verify(signature: string): Admission | Promise<Admission>;
}

export type Outcome = Admission | Challenge;

/**
 * Decides who a client is.
 *
 * @throws JoinError if the client is not let in
 * @see https://wamp-proto.org/wamp_latest_ietf.html#auth-methods
 */
export type Authenticate = (claim: Claim) => Outcome | Promise<Outcome>;

/** One authentication method of an endpoint. */
export interface AuthMethod {
  readonly name: string;
  /** Whether the HELLO holds what the method cannot do without. */
  canBegin(claim: Claim): boolean;
  readonly begin: Authenticate;
}

export function isChallenge(outcome: Outcome): outcome is Challenge {
  return 'verify' in outcome;
}

/** Goes on with a value at once if it is there, and when it is there if it is not: nothing waits without need. */
export function settle<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
