import type { Dict } from '@pgwamp/protocol';
import type { Connection, Identity } from '../session/identity.ts';

/** The data of HELLO that authentication uses, and the connection of the client. */
export interface Claim {
  readonly realm: string;
  /** The authid in HELLO, if the client sent one. */
  readonly authid: string | undefined;
  /** The id of the session, if the client is accepted. */
  readonly session: number;
  /** The authentication methods that the client offers, in its order of preference. */
  readonly authmethods: readonly string[];
  /** HELLO.Details.authextra: further data for the authentication method. */
  readonly authextra: unknown;
  readonly transport: Connection;
}

/** The identity of an authenticated client and the realm that it joins. */
export interface Admission {
  readonly realm: string;
  readonly identity: Identity;
}

/** A CHALLENGE that the client has to answer before it joins. */
export interface Challenge {
  readonly method: string;
  /** CHALLENGE.Extra. */
  readonly extra: Dict;
  /** @throws JoinError if the signature is wrong */
  verify(signature: string): Admission | Promise<Admission>;
}

export type Outcome = Admission | Challenge;

/**
 * Authenticates a client.
 *
 * @throws JoinError if the client is refused
 * @see https://wamp-proto.org/wamp_latest_ietf.html#auth-methods
 */
export type Authenticate = (claim: Claim) => Outcome | Promise<Outcome>;

/** One authentication method of an endpoint. */
export interface AuthMethod {
  readonly name: string;
  /** Whether HELLO contains everything that the method requires. */
  canBegin(claim: Claim): boolean;
  readonly begin: Authenticate;
}

export function isChallenge(outcome: Outcome): outcome is Challenge {
  return 'verify' in outcome;
}

/** Calls `next` with a value: synchronously if the value is there, otherwise when its promise is fulfilled. */
export function settle<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
